import { OpsError } from "../../errors.ts";

/** An archive that cannot be read, with what is wrong and where. */
export function unreadable(path: string, what: string, hint?: string): OpsError {
  return new OpsError(
    "unreadable-archive",
    `${path}: ${what}`,
    hint ??
      "the archive is damaged: compare its checksum with the one taken at dump time, or take another copy",
  );
}

/** An archive whose bytes end too early. */
export function cutOff(path: string, where: string): OpsError {
  return unreadable(
    path,
    `the archive is cut off: it ends ${where}`,
    "the copy is incomplete: fetch it again, and compare its size with the original",
  );
}
