import type { Drop } from "./drop.ts";

/** Whether a drop has a fence or a tombstone whose time somebody may end. */
export function isPurgeable({ state, purgeAt, tombstone }: Drop): boolean {
  return (
    (["completed", "undone", "undo_failed"].includes(state) && purgeAt !== null) ||
    (["purged", "undone", "undo_failed"].includes(state) && tombstone !== null)
  );
}
