import { z } from "zod";
import type { TargetPolicy } from "../target-policy.ts";
import { hostOf } from "../target-host.ts";

/** One target, as far as those who ask for drops need to know it. */
export const targetDocumentSchema = z.object({
  name: z.string(),
  kind: z.enum(["postgres", "redis", "mongo", "nats", "command"]),
  backend: z.enum(["shared", "dedicated"]),
  /** Where it is, without its port: what a person types before something is destroyed for good. */
  host: z.string(),
  tombstone: z.enum(["required", "soft", "off"]),
  retention_seconds: z.number(),
  /** Nothing brings back what is dropped there. */
  is_irrevocable: z.boolean(),
});

export type TargetDocument = z.output<typeof targetDocumentSchema>;

/** Without its URL, which holds secrets. */
export function describeTarget({ name, kind, placement, url, tombstone }: TargetPolicy): TargetDocument {
  const { mode, retentionMs, keepMs } = tombstone;
  return {
    name,
    kind,
    backend: placement,
    host: hostOf(url) ?? name,
    tombstone: mode,
    retention_seconds: retentionMs / 1000,
    is_irrevocable: mode === "off" || (retentionMs === 0 && (mode === "soft" || keepMs === 0)),
  };
}
