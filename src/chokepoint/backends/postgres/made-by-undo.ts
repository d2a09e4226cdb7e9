import { isMadeInPlace } from "../../../backup/restore/made.ts";
import type { InventoryItem } from "../../backend.ts";
import type { Drop } from "../../drop.ts";
import { fenceNameOf, sessionNameOf, undoNameOf } from "./own-names.ts";
import { readSaved } from "./saved.ts";

/**
 * What an undo from a tombstone makes and takes away: the database that has not got its name yet, the role made again under its fence's
 * name (the fenced one has another oid), and the roles that restore. All are named after the drop.
 */
export function madeByUndo(
  { dropId, plan }: Pick<Drop, "dropId" | "plan">,
  items: readonly InventoryItem[],
): readonly InventoryItem[] {
  if (plan === null) return [];
  const session = { exact: sessionNameOf(dropId) };
  const restored = restoredInto(dropId, plan, items);
  const fenced = new Set(plan.identity.parts.map(({ part, id }) => `${part}:${id}`));
  return items.filter(({ part, id, name }) => {
    if (part === "database") return name === undoNameOf(dropId);
    if (part !== "role") return false;
    if (name === fenceNameOf(dropId)) return !fenced.has(`role:${id}`);
    return restored !== null && isMadeInPlace(name, restored, session);
  });
}

/** The database that the archive is restored into: beside what was dropped, or, of a schema, the one that it was in, whatever that is called now. */
function restoredInto(
  dropId: string,
  plan: NonNullable<Drop["plan"]>,
  items: readonly InventoryItem[],
): string | null {
  const { schema } = readSaved(plan);
  if (schema === null) return undoNameOf(dropId);
  return items.find(({ part, id }) => part === "database" && id === schema.database.oid)?.name ?? null;
}
