import { z } from "zod";
import type { Chokepoint } from "../../chokepoint/api.ts";
import { dropDocumentSchema } from "../../chokepoint/documents/drop-document.ts";
import { describePlan, planDocumentSchema } from "../../chokepoint/documents/plan-document.ts";
import { readRequestBody, requestBodySchema } from "../../chokepoint/documents/request-body.ts";
import { answerRequest } from "../drop-answer.ts";
import { answerJson, Problem } from "../problem.ts";
import { defineRoute } from "../route.ts";
import type { Route } from "../route.ts";

export function requestDrop(chokepoint: Chokepoint): Route {
  return defineRoute({
    method: "post",
    path: "/v1/drops",
    scope: "request",
    name: "requestDrop",
    summary: "Ask for a drop; with dry_run, for what it would do",
    query: z.strictObject({ dry_run: z.enum(["true", "false"]).optional() }),
    body: requestBodySchema,
    answers: {
      200: {
        describe: "A repeat of the same request_id: where its drop stands. With dry_run: the plan",
        schema: z.union([dropDocumentSchema, planDocumentSchema]),
      },
      202: { describe: "Recorded and accepted; it may be held", schema: dropDocumentSchema },
      403: { describe: "Recorded, and refused or denied", schema: dropDocumentSchema },
      503: { describe: "Recorded, and refused for now: ask again", schema: dropDocumentSchema },
    },
    problems: [409, 413, 415, 422],
    async handle({ asker, caller, query, body, signal }) {
      if (asker.targets !== null && !asker.targets.includes(body.target))
        throw new Problem("forbidden", `${asker.name} may not ask for drops on ${body.target}`);
      const request = readRequestBody(body);
      if (query.dry_run !== "true")
        return answerRequest(await chokepoint.request(request, caller, signal), asker);
      const plan = await chokepoint.plan(request, caller, signal);
      if ("kind" in plan) throw new Problem("invalid", plan.reason);
      return answerJson(200, describePlan(plan));
    },
  });
}
