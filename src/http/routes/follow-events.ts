import { z } from "zod";
import type { EventHub } from "../event-hub.ts";
import { Problem } from "../problem.ts";
import { defineRoute } from "../route.ts";
import type { Route } from "../route.ts";

export function followEvents(hub: EventHub): Route {
  return defineRoute({
    method: "get",
    path: "/v1/events",
    scope: "read",
    name: "followEvents",
    summary: "What happens to drops from now on, as server-sent events: drop, lost",
    query: z.strictObject({
      target: z.string().min(1).optional(),
      drop_id: z.string().min(1).optional(),
    }),
    body: z.undefined(),
    answers: {
      200: {
        describe:
          "A stream. `drop`: an event of the ledger and the drop as it stood then. `lost`: how many events this viewer was not shown; null where nobody can tell",
        schema: z.string(),
        type: "text/event-stream",
      },
    },
    problems: [422],
    async handle({ asker, query, headers, signal }) {
      const stream = hub.subscribe({
        caller: asker.name,
        wants: ({ target, dropId }) =>
          (asker.targets === null || asker.targets.includes(target)) &&
          (query.target === undefined || query.target === target) &&
          (query.drop_id === undefined || query.drop_id === dropId),
        lastEventId: headers.get("last-event-id"),
        signal,
      });
      if (typeof stream === "string")
        throw new Problem(
          "too-many-requests",
          stream === "too-many"
            ? "too many viewers follow the events already"
            : `${asker.name} follows the events too often already`,
          { headers: { "retry-after": "30" } },
        );
      return new Response(stream, {
        headers: { "content-type": "text/event-stream; charset=utf-8", "x-accel-buffering": "no" },
      });
    },
  });
}
