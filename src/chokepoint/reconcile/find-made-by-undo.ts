import type { Backend, Inventory } from "../backend.ts";
import type { Drop } from "../drop.ts";
import { keyOf } from "./match-round.ts";
import type { MadeByUndo } from "./match-round.ts";

/** What of an inventory that was begun at `at` custody made to undo one of these drops, which were read after it; by `part:id`. */
export function findMadeByUndo(
  backend: Pick<Backend, "madeByUndo">,
  { items }: Pick<Inventory, "items">,
  undos: readonly Drop[],
  at: Date,
): ReadonlyMap<string, MadeByUndo> {
  const found = new Map<string, MadeByUndo>();
  for (const drop of undos) {
    // One that failed is done again, and takes up or makes anew what it left.
    const isOver = drop.state === "undone" && drop.updatedAt < at;
    for (const item of backend.madeByUndo?.(drop, items) ?? [])
      found.set(keyOf(item), { dropId: drop.dropId, isOver });
  }
  return found;
}
