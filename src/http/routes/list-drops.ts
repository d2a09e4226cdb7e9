import { z } from "zod";
import type { Chokepoint } from "../../chokepoint/api.ts";
import { describeDrop, dropDocumentSchema } from "../../chokepoint/documents/drop-document.ts";
import { dropStates } from "../../chokepoint/drop.ts";
import type { Drop } from "../../chokepoint/drop.ts";
import type { DropFilter } from "../../chokepoint/ports.ts";
import { readCursor, writeCursor } from "../cursor.ts";
import { answerJson } from "../problem.ts";
import { defineRoute } from "../route.ts";
import type { Route } from "../route.ts";

const usualLimit = 50;
const mostLimit = 500;

const states = z
  .string()
  .transform((given) => given.split(","))
  .pipe(z.array(z.enum(dropStates)));

const querySchema = z.strictObject({
  /** One state or several, with commas. */
  state: states.optional(),
  target: z.string().min(1).optional(),
  caller: z.string().min(1).optional(),
  token: z.string().optional(),
  provider_resource_id: z.string().min(1).optional(),
  since: z.iso.datetime({ offset: true }).optional(),
  limit: z
    .string()
    .regex(/^\d{1,3}$/)
    .transform(Number)
    .pipe(z.int().min(1).max(mostLimit))
    .optional(),
  cursor: z.string().max(500).optional(),
});

export function listDrops(chokepoint: Chokepoint): Route {
  return defineRoute({
    method: "get",
    path: "/v1/drops",
    scope: "read",
    name: "listDrops",
    summary: "The drops that the caller may see, newest first",
    query: querySchema,
    body: z.undefined(),
    answers: {
      200: {
        describe: "A page; `next`, where there is more, is the cursor of the next one",
        schema: z.object({ drops: z.array(dropDocumentSchema), next: z.string().nullable() }),
      },
    },
    problems: [422],
    async handle({ asker, query }) {
      const limit = query.limit ?? usualLimit;
      const filter: DropFilter = {
        ...(query.state === undefined ? {} : { states: query.state }),
        ...(query.target === undefined ? {} : { target: query.target }),
        ...(query.caller === undefined ? {} : { caller: query.caller }),
        ...(query.token === undefined ? {} : { token: query.token }),
        ...(query.provider_resource_id === undefined
          ? {}
          : { providerResourceId: query.provider_resource_id }),
        ...(query.since === undefined ? {} : { since: new Date(query.since) }),
        ...(query.cursor === undefined ? {} : { before: readCursor(query.cursor) }),
        limit,
      };
      const drops = await listFor(chokepoint, filter, asker.targets);
      const last = drops.at(-1);
      const next =
        drops.length < limit || last === undefined
          ? null
          : writeCursor({ at: last.requestedAt, dropId: last.dropId });
      return answerJson(200, { drops: drops.map(describeDrop), next });
    },
  });
}

/** Of a caller's targets alone: asked one by one, so that a page is full whatever else the ledger holds. */
async function listFor(
  chokepoint: Chokepoint,
  filter: DropFilter,
  targets: readonly string[] | null,
): Promise<readonly Drop[]> {
  if (targets === null) return chokepoint.list(filter);
  const seen = targets.filter((each) => filter.target === undefined || filter.target === each);
  const pages = await Promise.all(seen.map((target) => chokepoint.list({ ...filter, target })));
  return pages
    .flat()
    .toSorted(
      (left, right) =>
        right.requestedAt.getTime() - left.requestedAt.getTime() || (right.dropId < left.dropId ? -1 : 1),
    )
    .slice(0, filter.limit);
}
