import { randomBytes } from "node:crypto";
import * as fs from "node:fs";
import { basename, dirname, join } from "node:path";
import { OpsError } from "../errors.ts";
import { beforeForcedExit } from "./forced-exit.ts";
import { syncFolder } from "./new-file.ts";

/** A file that appears whole or not at all: written beside its place, flushed to disk, renamed over it. */
export interface AtomicFile extends Disposable {
  append(text: string): void;
  /** Puts the file in its place. Without it, disposing removes what was written. */
  commit(): void;
}

/**
 * Opens a file for writing at once, so that a folder that cannot be written to is known before the work is done. A
 * symbolic link is followed; what is no regular file (`/dev/stdout`) is written to directly. Each function throws
 * `file-unwritable`.
 */
export function openAtomicFile(path: string, options: { readonly mode?: number } = {}): AtomicFile {
  return explained(path, () => {
    const existing = fs.statSync(path, { throwIfNoEntry: false });
    if (existing?.isDirectory()) throw new Error("it is a directory");
    if (existing !== undefined && !existing.isFile()) return openDirect(path);
    const target = existing === undefined ? path : fs.realpathSync(path);
    return openBeside(target, options.mode ?? 0o666);
  });
}

/** Writes a whole file atomically. */
export function writeAtomicFile(path: string, text: string, options: { readonly mode?: number } = {}): void {
  using file = openAtomicFile(path, options);
  file.append(text);
  file.commit();
}

function openBeside(target: string, mode: number): AtomicFile {
  const temporary = join(dirname(target), `.${basename(target)}.${randomBytes(6).toString("hex")}.tmp`);
  const descriptor = fs.openSync(temporary, "wx", mode);
  let isOpen = true;
  const remove = (): void => {
    if (!isOpen) return;
    isOpen = false;
    fs.closeSync(descriptor);
    fs.rmSync(temporary, { force: true });
  };
  const forced = beforeForcedExit(remove);
  return {
    append: (text) => explained(target, () => fs.writeFileSync(descriptor, text)),
    commit: () =>
      explained(target, () => {
        fs.fsyncSync(descriptor);
        fs.renameSync(temporary, target);
        isOpen = false;
        fs.closeSync(descriptor);
        syncFolder(dirname(target));
      }),
    [Symbol.dispose]: () => {
      forced[Symbol.dispose]();
      remove();
    },
  };
}

function openDirect(path: string): AtomicFile {
  const descriptor = fs.openSync(path, "w");
  return {
    append: (text) => explained(path, () => fs.writeFileSync(descriptor, text)),
    commit: () => undefined,
    [Symbol.dispose]: () => fs.closeSync(descriptor),
  };
}

function explained<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new OpsError(
      "file-unwritable",
      `cannot write ${path}: ${why}`,
      "name a file in a folder that exists and that you may write to",
      { cause },
    );
  }
}
