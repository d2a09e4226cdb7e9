import { z } from "zod";
import type { Finding, FindingPage } from "../reconcile/read-findings.ts";

const findingDocumentSchema = z.object({
  class: z.enum(["loss-unattributed", "drop-orphaned"]),
  seq: z.number(),
  /** ISO 8601: when it was told. */
  at: z.string(),
  target: z.string(),
  part: z.string(),
  id: z.string(),
  name: z.string(),
  system_identifier: z.string(),
  drop_id: z.string().nullable(),
  reason: z.string().nullable(),
  last_seen: z.string().nullable(),
  /** What is in it is the backend's. */
  witness: z.record(z.string(), z.unknown()).nullable(),
});

export type FindingDocument = z.output<typeof findingDocumentSchema>;

/** The answer of `GET /v1/findings`. */
export const findingsDocumentSchema = z.object({
  findings: z.array(findingDocumentSchema),
  has_more: z.boolean(),
});

export type FindingsDocument = z.output<typeof findingsDocumentSchema>;

export function describeFindings({ findings, hasMore }: FindingPage): FindingsDocument {
  return { findings: findings.map(describeFinding), has_more: hasMore };
}

function describeFinding({
  action,
  at,
  systemIdentifier,
  dropId,
  lastSeen,
  witness,
  ...rest
}: Finding): FindingDocument {
  return {
    class: action === "drop.unattributed" ? "loss-unattributed" : "drop-orphaned",
    ...rest,
    at: at.toISOString(),
    system_identifier: systemIdentifier,
    drop_id: dropId,
    last_seen: lastSeen,
    witness: witness === null ? null : { ...witness },
  };
}
