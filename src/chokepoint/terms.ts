import type { Terms } from "./drop.ts";
import type { TargetPolicy } from "./target-policy.ts";

export function termsOf({ tombstone: { mode, retentionMs, keepMs } }: TargetPolicy): Terms {
  return { mode, retentionMs, keepMs };
}

const ways = { off: 0, soft: 1, required: 2 } as const;

/** Whether the one gives less of a way back than the other. */
export function isLess(one: Terms, other: Terms): boolean {
  return (
    ways[one.mode] < ways[other.mode] ||
    one.retentionMs < other.retentionMs ||
    (other.mode === "required" && one.keepMs < other.keepMs)
  );
}
