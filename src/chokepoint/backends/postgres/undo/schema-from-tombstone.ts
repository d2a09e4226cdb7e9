import type { Undone, UndoOptions } from "../../../backend.ts";
import type { FencePlan } from "../../../drop.ts";
import type { Hold } from "../hold.ts";

export function undoSchemaFromTombstone(
  _hold: Hold,
  _plan: FencePlan,
  _folder: string,
  _options: UndoOptions,
): Promise<Undone> {
  return Promise.reject(new Error("not yet"));
}
