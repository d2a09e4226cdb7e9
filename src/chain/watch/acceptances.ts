import type { Anchors } from "../../audit/checkpoints/judge-anchors.ts";
import { namesAnotherChain } from "../../audit/checkpoints/judge-anchors.ts";
import { formatAcceptance } from "../../audit/checkpoints/operator-notes.ts";
import type { RestoreAcceptance } from "../../audit/checkpoints/operator-notes.ts";
import { equalHashes } from "../../audit/row-bytes.ts";
import { rootAt } from "../../audit/waypoints.ts";
import { sha256, toHex } from "../../run/sha256.ts";
import type { WatchMemory } from "./memory.ts";
import type { Reading } from "./ports.ts";

/** All that operators signed of the chains that the checkpoints are of. */
export function acceptancesOf({ states }: Anchors): readonly RestoreAcceptance[] {
  return [...states.values()].flatMap((each) => each.acceptances);
}

/** What tells one acceptance from another, 64 hex digits. */
export function acceptanceKey(acceptance: RestoreAcceptance): string {
  return toHex(sha256(Buffer.from(formatAcceptance(acceptance), "utf8")));
}

/**
 * The acceptance, signed since the memory was written, of a restore to fewer rows than it knows, from which the chain goes on; null
 * when there is none. One that was known then excuses nothing: the chain has been verified beyond it.
 */
export function newAcceptance(
  anchors: Anchors,
  reading: Reading,
  memory: WatchMemory,
): RestoreAcceptance | null {
  const { acceptances: known, tip } = memory;
  if (known === null) return null;
  const fits = ({ after }: RestoreAcceptance): boolean => {
    if (after.size >= tip.size || namesAnotherChain(after.origin, reading.identity.chainId)) return false;
    const mark = reading.result.waypoints.get(after.size);
    return mark !== undefined && equalHashes(rootAt(mark), after.root);
  };
  return acceptancesOf(anchors).find((each) => !known.includes(acceptanceKey(each)) && fits(each)) ?? null;
}
