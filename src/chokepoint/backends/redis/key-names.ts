import { OpsError } from "../../../errors.ts";
import { fencePrefix as everyFence } from "../../fence-prefix.ts";

/** Everything that custody keeps on a server begins so. */
const own = "custody_";

/** SET NX PX of this: who may act on a part of a resource. */
export const lockKey = (part: string, name: string): string => `custody_lock:${part}:${name}`;

/** How far the fence of one drop is: `Mark`. Not below the fence's own prefix, where a customer's key may have any name. */
export const markKey = (fenceId: string): string => `custody_fence:${fenceId}`;

/** The fence that a name was freed by last: who has the name now is somebody else. */
export const lastKey = (part: string, name: string): string => `custody_last:${part}:${name}`;

/** What stands before the old name of a fenced key. */
export const fencePrefix = (fenceId: string): string => `${everyFence}${fenceId}:`;

/** What stands before a key's old name while an undo compares it. */
export const undoPrefix = (fenceId: string): string => `custody_undo_${fenceId}:`;

export const isOwnKey = (key: Buffer): boolean => key.subarray(0, own.length).equals(Buffer.from(own));

/** Why a prefix can be no resource's: it would reach custody's own keys, or every key. Null: it can. */
export function refusePrefix(prefix: string): string | null {
  if (prefix === "") return "an empty prefix is every key of the server";
  if (prefix.startsWith(own) || own.startsWith(prefix))
    return `${prefix} reaches the keys that custody itself keeps`;
  return null;
}

/** For MATCH: the text itself, whatever it holds. */
export function escapeGlob(text: string): string {
  return text.replaceAll(/[\\*?[\]^]/g, String.raw`\$&`);
}

/** Ids are parts of key names and of a connection's name. */
export function requirePlainId(dropId: string): void {
  if (!/^[A-Za-z0-9._-]+$/.test(dropId))
    throw new OpsError(
      "bad-input",
      `a drop id cannot be ${JSON.stringify(dropId)}`,
      "letters, digits, dot, dash and underscore",
    );
}
