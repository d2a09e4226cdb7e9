import { z } from "zod";
import type { DropRequest } from "../drop.ts";
import { parts, resourceKinds } from "../resource.ts";
import type { Names, ResourceType } from "../resource.ts";
import { lineOrNothing, oneLine } from "./one-line.ts";

const resourceTypes = Object.keys(resourceKinds).filter((each): each is ResourceType =>
  Object.hasOwn(resourceKinds, each),
);

/** RFC 3339 has the years 0 to 9999; what an offset carries over them has no such form in UTC, and nobody could read it back. */
const instant = z.iso.datetime({ offset: true }).refine((text) => {
  const date = new Date(text);
  return Number.isNaN(date.getTime()) || /^\d{4}-/.test(date.toISOString());
}, "is beyond the years 0000 to 9999 in UTC");

/** The body of `POST /v1/drops` (formats.md section 7). Unknown keys are refused: a misspelt guard must not be passed over. */
export const requestBodySchema = z.strictObject({
  target: oneLine(255),
  resource_type: z.enum(resourceTypes),
  provider_resource_id: oneLine(255),
  /** The platform's name of the resource; may be empty. */
  token: lineOrNothing(255),
  request_id: oneLine(255),
  intent: z.strictObject({
    reason: oneLine(2000),
    requested_by: oneLine(255).nullish(),
    /** The exact final names, part by part; what is left out, the target's `from_token` gives. */
    names: z.partialRecord(z.enum(parts), oneLine(255)).default({}),
    resource_status: oneLine(255).nullish(),
    not_after: instant.nullish(),
    force: z.boolean().default(false),
  }),
});

export type RequestBody = z.input<typeof requestBodySchema>;

export function readRequestBody(body: z.output<typeof requestBodySchema>): DropRequest {
  const { intent } = body;
  return {
    target: body.target,
    resourceType: body.resource_type,
    providerResourceId: body.provider_resource_id,
    token: body.token,
    requestId: body.request_id,
    intent: {
      reason: intent.reason,
      requestedBy: intent.requested_by ?? null,
      names: namesOf(intent.names),
      resourceStatus: intent.resource_status ?? null,
      notAfter: typeof intent.not_after === "string" ? new Date(intent.not_after) : null,
      force: intent.force,
      statementFingerprint: null,
    },
  };
}

function namesOf(given: z.output<typeof requestBodySchema>["intent"]["names"]): Names {
  return Object.fromEntries(
    parts.flatMap((part) => (given[part] === undefined ? [] : [[part, given[part]]])),
  );
}
