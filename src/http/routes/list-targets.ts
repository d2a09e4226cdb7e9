import { z } from "zod";
import { describeTarget, targetDocumentSchema } from "../../chokepoint/documents/target-document.ts";
import type { TargetPolicy } from "../../chokepoint/target-policy.ts";
import { answerJson } from "../problem.ts";
import { defineRoute } from "../route.ts";
import type { Route } from "../route.ts";

export function listTargets(targets: readonly TargetPolicy[]): Route {
  return defineRoute({
    method: "get",
    path: "/v1/targets",
    // Whoever may ask for a drop must be able to know whether there is a way back.
    scope: "any",
    name: "listTargets",
    summary: "The targets that the caller may speak of, and whether there is a way back",
    query: z.strictObject({}),
    body: z.undefined(),
    answers: {
      200: {
        describe: "The targets of the configuration",
        schema: z.object({ targets: z.array(targetDocumentSchema) }),
      },
    },
    problems: [],
    async handle({ asker }) {
      const seen = targets.filter(({ name }) => asker.targets === null || asker.targets.includes(name));
      return answerJson(200, { targets: seen.map(describeTarget) });
    },
  });
}
