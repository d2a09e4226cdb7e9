import { z } from "zod";
import type { DropPlan } from "../api.ts";
import { refusalSites } from "../drop.ts";
import { allParts } from "../resource.ts";

/** What `POST /v1/drops?dry_run=true` answers. */
export const planDocumentSchema = z.object({
  /** Whether it would be carried out, at once or when it is approved. */
  would_be: z.enum(["done", "held", "refused"]),
  refusals: z.array(
    z.object({
      site: z.enum(refusalSites),
      reason: z.string(),
      sqlstate: z.string().nullable(),
      is_passing: z.boolean(),
    }),
  ),
  would_hold: z.object({ why: z.string(), approvers: z.int() }).nullable(),
  inspection: z
    .object({
      system_identifier: z.string(),
      parts: z.array(
        z.object({
          part: z.enum(allParts),
          name: z.string(),
          id: z.string(),
          size_bytes: z.number().nullable(),
        }),
      ),
      size_bytes: z.number(),
      sessions: z.int(),
      refusals: z.array(
        z.object({
          code: z.string(),
          message: z.string(),
          hint: z.string().nullable(),
          is_passing: z.boolean(),
        }),
      ),
      notes: z.array(z.string()),
    })
    .nullable(),
  steps: z.array(z.string()),
});

export type PlanDocument = z.output<typeof planDocumentSchema>;

export function describePlan({ refusals, wouldHold, inspection, steps }: DropPlan): PlanDocument {
  return {
    would_be: refusals.length > 0 ? "refused" : wouldHold === null ? "done" : "held",
    refusals: refusals.map(({ site, reason, sqlstate, isPassing }) => ({
      site,
      reason,
      sqlstate: sqlstate ?? null,
      is_passing: isPassing,
    })),
    would_hold: wouldHold === null ? null : { ...wouldHold },
    inspection:
      inspection === null
        ? null
        : {
            system_identifier: inspection.identity.systemIdentifier,
            parts: inspection.identity.parts.map(({ part, name, id, sizeBytes }) => ({
              part,
              name,
              id,
              size_bytes: sizeBytes,
            })),
            size_bytes: inspection.sizeBytes,
            sessions: inspection.sessions,
            refusals: inspection.refusals.map(({ code, message, hint, isPassing }) => ({
              code,
              message,
              hint,
              is_passing: isPassing,
            })),
            notes: [...inspection.notes],
          },
    steps: [...steps],
  };
}
