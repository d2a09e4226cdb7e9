import { z } from "zod";
import type { Chokepoint } from "../../chokepoint/api.ts";
import { describeFindings, findingsDocumentSchema } from "../../chokepoint/documents/finding-document.ts";
import { answerJson } from "../problem.ts";
import { defineRoute } from "../route.ts";
import type { Route } from "../route.ts";

const usualLimit = 50;
const mostLimit = 500;

const querySchema = z.strictObject({
  target: z.string().min(1).optional(),
  since: z.iso.datetime({ offset: true }).optional(),
  limit: z
    .string()
    .regex(/^\d{1,3}$/)
    .transform(Number)
    .pipe(z.int().min(1).max(mostLimit))
    .optional(),
});

export function listFindings(chokepoint: Pick<Chokepoint, "findings">): Route {
  return defineRoute({
    method: "get",
    path: "/v1/findings",
    scope: "read",
    name: "listFindings",
    summary:
      "What rounds of reconciliation have told, newest first: each is told once, and is found again here",
    query: querySchema,
    body: z.undefined(),
    answers: {
      200: {
        describe:
          "The newest of them, of the targets that the caller may see; `has_more` says that there are older ones",
        schema: findingsDocumentSchema,
      },
    },
    problems: [422],
    async handle({ asker, query: { target, since, limit = usualLimit } }) {
      const page = await chokepoint.findings({
        since: since === undefined ? null : new Date(since),
        targets: targetsOf(asker.targets, target),
        limit,
      });
      return answerJson(200, describeFindings(page));
    },
  });
}

/** As with drops: of what is not this caller's, nothing is there. */
function targetsOf(allowed: readonly string[] | null, wanted: string | undefined): readonly string[] | null {
  if (wanted === undefined) return allowed;
  return allowed === null || allowed.includes(wanted) ? [wanted] : [];
}
