import { fencePrefix } from "../../fence-prefix.ts";

/** How every session of a drop is named: who bears it acts for that drop, and is ended by who takes it over. */
export function sessionNameOf(dropId: string): string {
  return `custody:${dropId}`;
}

/** What a part of a resource is called behind its fence: of at most 63 bytes, the same however often it is asked. */
export function fenceNameOf(dropId: string): string {
  return `${fencePrefix}${short(dropId)}`;
}

export const undoPrefix = "custody_undo_";

/** What a database that comes back from its tombstone is called until it is whole. */
export function undoNameOf(dropId: string): string {
  return `${undoPrefix}${short(dropId)}`;
}

/** An id of a drop is a UUID; 50 bytes are what the prefix leaves. */
function short(dropId: string): string {
  return dropId.replace(/[^0-9A-Za-z]/g, "").slice(0, 50);
}
