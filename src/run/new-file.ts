import * as fs from "node:fs";
import { dirname } from "node:path";
import { OpsError } from "../errors.ts";

/**
 * Writes files that must not be there yet, in their order, and has them on disk when it returns. When one cannot be made, those
 * that were are removed again: all are there, or none. Throws `file-unwritable`.
 */
export function writeNewFiles(
  files: readonly { readonly path: string; readonly text: string; readonly mode: number }[],
): void {
  const made: string[] = [];
  try {
    for (const { path, text, mode } of files) {
      const descriptor = create(path, mode);
      made.push(path);
      try {
        fs.writeFileSync(descriptor, text);
        fs.fsyncSync(descriptor);
      } finally {
        fs.closeSync(descriptor);
      }
    }
    for (const folder of new Set(files.map(({ path }) => dirname(path)))) syncFolder(folder);
  } catch (cause) {
    for (const path of made) fs.rmSync(path, { force: true });
    if (cause instanceof OpsError) throw cause;
    throw unwritable(files[made.length - 1]?.path ?? "", messageOf(cause), cause);
  }
}

/** Has what was made, renamed or removed in a folder on disk. */
export function syncFolder(path: string): void {
  const descriptor = fs.openSync(path, "r");
  try {
    fs.fsyncSync(descriptor);
  } finally {
    fs.closeSync(descriptor);
  }
}

function create(path: string, mode: number): number {
  try {
    return fs.openSync(path, "wx", mode);
  } catch (cause) {
    const isThere = cause instanceof Error && "code" in cause && cause.code === "EEXIST";
    throw unwritable(path, isThere ? "there is something already" : messageOf(cause), cause);
  }
}

function unwritable(path: string, why: string, cause: unknown): OpsError {
  return new OpsError(
    "file-unwritable",
    `cannot write ${path}: ${why}`,
    "name a path where nothing is yet, in a folder that exists and that you may write to",
    { cause },
  );
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
