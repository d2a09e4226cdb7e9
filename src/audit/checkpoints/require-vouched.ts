import type { AnchoredVerification } from "./judge-anchors.ts";
import { OpsError } from "../../errors.ts";

/**
 * Whoever owns the database can rewrite a chain and prune what would show it. So where a checkpoint cannot be compared because
 * the chain was pruned beyond it, another must vouch for what it stands on now: the empty tree alone is extended by any. Where
 * something else is wrong, that is said. Throws `no-checkpoint`.
 *
 * @param hint where to find one that does
 */
function requireVouched(read: AnchoredVerification, hint: string): void {
  const pruned = read.outcomes.findLast(
    ({ checkpoint, outcome }) => checkpoint.head.size > 0 && outcome === "pruned",
  );
  if (pruned !== undefined && isUnvouched(read)) throw unvouched("the chain was pruned beyond", pruned, hint);
}

export const newerCheckpoint =
  "give the checkpoint that it was pruned by, the one that was made when the restore was accepted, or a newer one: --checkpoint FILE";

/**
 * The same where the only checkpoints are of before a restore that was accepted, and the chain is not what its note says that
 * was restored. Throws `no-checkpoint`.
 */
export function requireCompared(read: AnchoredVerification, hint: string): void {
  requireVouched(read, hint);
  const superseded = read.outcomes.findLast(({ outcome }) => outcome === "superseded");
  if (superseded !== undefined && isUnvouched(read))
    throw unvouched("a restore that was accepted went back to before", superseded, hint);
}

function isUnvouched({ outcomes, verification, isAccepted }: AnchoredVerification): boolean {
  const isMatch = ({ checkpoint, outcome }: AnchoredVerification["outcomes"][number]): boolean =>
    outcome === "matched" && (checkpoint.head.size > 0 || verification.treeSize === 0);
  return verification.findingsTotal === 0 && !isAccepted && !outcomes.some(isMatch);
}

function unvouched(
  why: string,
  { checkpoint: { path, head } }: AnchoredVerification["outcomes"][number],
  hint: string,
): OpsError {
  return new OpsError(
    "no-checkpoint",
    `${why} ${path} (${head.size} rows): nothing says that it is still the chain that this vouches for`,
    hint,
  );
}
