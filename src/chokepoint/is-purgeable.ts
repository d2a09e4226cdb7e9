import type { Drop } from "./drop.ts";

/** Whether a drop has a fence or a tombstone whose time somebody may end. */
export function isPurgeable({ state, purgeAt, tombstone, statement }: Drop): boolean {
  const hasFence = ["completed", "undone", "undo_failed"].includes(state) && purgeAt !== null;
  const hasTombstone = ["purged", "undone", "undo_failed"].includes(state) && tombstone !== null;
  return statement === null && (hasFence || hasTombstone);
}
