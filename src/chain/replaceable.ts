import { readFileSync, statSync } from "node:fs";
import { OpsError } from "../errors.ts";

/** As much as any file that custody writes with --out, and reads again. */
const mostBytes = 128 * 1024 * 1024;

/**
 * A file that is going to be written may take the place of one of its own kind, and of an empty one: a path that was mistaken
 * would cost a key, or the checkpoint itself. Devices and pipes are written to as they are.
 *
 * @param isOfKind told the text of what is there
 * @throws OpsError bad-input
 */
export function requireReplaceable(
  absolute: string,
  shown: string,
  kind: string,
  isOfKind: (text: string) => boolean,
): void {
  const there = statSync(absolute, { throwIfNoEntry: false });
  if (there === undefined || !there.isFile() || there.size === 0) return;
  if (there.size <= mostBytes && isOfKind(readFileSync(absolute, "utf8"))) return;
  throw new OpsError(
    "bad-input",
    `${shown} is there already, and is no ${kind}: it is not written over`,
    "name another file with --out, or move that one away",
  );
}
