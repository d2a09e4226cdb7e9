import type { AnchoredVerification } from "./judge-anchors.ts";
import { OpsError } from "../../errors.ts";

/**
 * A standby that has not replayed what a checkpoint vouches for says nothing about it, neither good nor bad: where nothing
 * else is wrong, nobody knows yet. Throws `server-behind`.
 */
export function requireReplayed({ outcomes, verification }: AnchoredVerification): void {
  const behind = outcomes.findLast(({ outcome }) => outcome === "behind")?.checkpoint;
  if (behind === undefined || verification.findingsTotal > 0) return;
  throw new OpsError(
    "server-behind",
    `this standby has ${verification.treeSize} rows, and has not replayed the log up to where ${behind.path} was signed (${behind.head.size} rows)`,
    "wait until it has caught up, or ask its primary; one that never does may be an older backup",
  );
}
