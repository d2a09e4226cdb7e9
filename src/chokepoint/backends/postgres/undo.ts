import type { Undone, UndoOptions, UndoSource } from "../../backend.ts";
import type { FencePlan } from "../../drop.ts";
import type { Hold } from "./hold.ts";
import { readSaved } from "./saved.ts";
import { requireSound } from "./tombstone/tombstone.ts";
import { undoFromFence } from "./undo/from-fence.ts";
import { undoFromTombstone } from "./undo/from-tombstone.ts";
import { undoRoleFromTombstone } from "./undo/role-from-tombstone.ts";
import { undoSchemaFromFence } from "./undo/schema-from-fence.ts";
import { undoSchemaFromTombstone } from "./undo/schema-from-tombstone.ts";

/** From the fence or from the tombstone, by what the plan says the resource is. Throws `name-in-use` where somebody has the name. */
export async function undo(
  hold: Hold,
  plan: FencePlan,
  from: UndoSource,
  options: UndoOptions,
): Promise<Undone> {
  const { schema, database } = readSaved(plan);
  if (from.kind === "fence")
    return schema === null
      ? await undoFromFence(hold, plan, from, options)
      : await undoSchemaFromFence(hold, plan, from, options);
  if (schema === null && database === null) return await undoRoleFromTombstone(hold, plan, from, options);
  await requireSound(from.folder, from.fingerprint);
  return schema === null
    ? await undoFromTombstone(hold, plan, from, options)
    : await undoSchemaFromTombstone(hold, plan, from, options);
}
