import type { AnchoredVerification } from "../audit/checkpoints/judge-anchors.ts";
import { OpsError } from "../errors.ts";

/**
 * Whoever owns the database can rewrite a chain and prune what would show it. So where a checkpoint cannot be compared because
 * the chain was pruned beyond it, another must vouch for what it stands on now: the empty tree alone is extended by any. Where
 * something else is wrong, that is said. Throws `no-checkpoint`.
 *
 * @param hint where to find one that does
 */
export function requireVouched({ outcomes, verification }: AnchoredVerification, hint: string): void {
  const known = outcomes.filter(({ checkpoint }) => checkpoint.head.size > 0);
  const pruned = known.findLast(({ outcome }) => outcome === "pruned")?.checkpoint;
  if (pruned === undefined || verification.findingsTotal > 0) return;
  if (known.some(({ outcome }) => outcome === "matched")) return;
  throw new OpsError(
    "no-checkpoint",
    `the chain was pruned beyond ${pruned.path} (${pruned.head.size} rows): nothing says that it is still the chain that this vouches for`,
    hint,
  );
}
