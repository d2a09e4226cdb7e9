import type { Drop } from "../drop.ts";
import { fencePrefix } from "../fence-prefix.ts";
import type { Candidate } from "./explain-loss.ts";
import type { OrphanReason, Thing } from "./facts.ts";

/** States in which a fence stands, and nobody is at it. */
const standing: ReadonlySet<Drop["state"]> = new Set(["tombstoned", "proved", "completed", "unproved"]);
/** States in which a fence of it may be seen: somebody is at it, its end will come, or (`unproved`) it is an alarm of its own. */
const fencing: ReadonlySet<Drop["state"]> = new Set([
  ...standing,
  "started",
  "fenced",
  "unknown",
  "undo_started",
  "purge_started",
]);

/**
 * Whether something that is there should not be. Drops that moved since the inventory was begun (`at`) say nothing: what was read may
 * be older than they are.
 */
export function findOrphan(
  thing: Thing,
  candidates: readonly Candidate[],
  at: Date,
): { readonly reason: OrphanReason; readonly dropId: string | null } | null {
  const settled = candidates.filter(({ drop }) => drop.updatedAt < at && drop.purges === null);
  for (const { drop, wasDestroyed } of settled) {
    if (wasDestroyed && (drop.state === "purged" || drop.state === "completed"))
      return { reason: "not-destroyed", dropId: drop.dropId };
    const fenceName = drop.plan?.fenceNames[thing.part];
    const ownName = drop.plan?.identity.parts.find(
      ({ part, id }) => part === thing.part && id === thing.id,
    )?.name;
    if (
      drop.fencedAt !== null &&
      standing.has(drop.state) &&
      fenceName !== undefined &&
      fenceName !== ownName &&
      thing.name !== fenceName
    )
      return { reason: "fence-lifted", dropId: drop.dropId };
  }
  if (!thing.name.startsWith(fencePrefix) || candidates.some(({ drop }) => drop.updatedAt >= at)) return null;
  const own = settled.filter(({ drop }) => drop.plan?.fenceNames[thing.part] === thing.name);
  // What came back from its tombstone leaves its fence for its retention.
  if (own.some(({ drop }) => fencing.has(drop.state) || (drop.state === "undone" && drop.purgeAt !== null)))
    return null;
  const [left] = own;
  return left === undefined
    ? { reason: "fence-without-drop", dropId: settled[0]?.drop.dropId ?? null }
    : { reason: "fence-abandoned", dropId: left.drop.dropId };
}
