import { createHash, randomBytes } from "node:crypto";
import * as fs from "node:fs";
import { basename, dirname, join } from "node:path";
import { OpsError } from "../errors.ts";
import { beforeForcedExit } from "./forced-exit.ts";
import { syncFolder } from "./new-file.ts";

/** A file of a new folder, written from its beginning to its end. */
export interface NewFolderFile {
  append(text: string): void;
  /** Has the file on disk. */
  close(): void;
}

/**
 * A folder that appears whole or not at all: written beside its place under another name, and renamed. Readable by its owner
 * alone (0700, files 0600).
 */
export interface NewFolder extends Disposable {
  /** `name` is relative, of at most one folder and a file. */
  create(name: string): NewFolderFile;
  write(name: string, text: string): void;
  /** Files that were closed, in the order in which that was; digests are lower-case hex. */
  files(): readonly { readonly name: string; readonly sha256: string }[];
  /** Puts the folder in its place. Without it, disposing removes all that was written. */
  commit(): void;
}

const bufferBytes = 1 << 18;

/** Opens a folder where nothing is yet. Each function throws `file-unwritable`, or `no-space`. */
export function openNewFolder(path: string): NewFolder {
  const existing = explained(path, () => fs.lstatSync(path, { throwIfNoEntry: false }));
  if (existing !== undefined) throw unwritable(path, "there is something already");
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString("hex")}.tmp`);
  explained(path, () => fs.mkdirSync(temporary, { mode: 0o700 }));
  const closed: { readonly name: string; readonly sha256: string }[] = [];
  const folders = new Set<string>();
  const descriptors = new Set<number>();
  let isThere = true;
  const remove = (): void => {
    if (!isThere) return;
    isThere = false;
    for (const descriptor of descriptors) fs.closeSync(descriptor);
    fs.rmSync(temporary, { recursive: true, force: true });
  };
  const forced = beforeForcedExit(remove);

  const folder: NewFolder = {
    create(name) {
      const parent = dirname(name);
      if (parent !== "." && !folders.has(parent)) {
        explained(path, () => fs.mkdirSync(join(temporary, parent), { mode: 0o700 }));
        folders.add(parent);
      }
      const descriptor = explained(path, () => fs.openSync(join(temporary, name), "wx", 0o600));
      descriptors.add(descriptor);
      const digest = createHash("sha256");
      let pending: string[] = [];
      let pendingLength = 0;
      const flush = (): void => {
        const bytes = Buffer.from(pending.join(""), "utf8");
        pending = [];
        pendingLength = 0;
        digest.update(bytes);
        explained(path, () => fs.writeFileSync(descriptor, bytes));
      };
      return {
        append(text) {
          pending.push(text);
          pendingLength += text.length;
          if (pendingLength >= bufferBytes) flush();
        },
        close() {
          flush();
          explained(path, () => fs.fsyncSync(descriptor));
          descriptors.delete(descriptor);
          fs.closeSync(descriptor);
          closed.push({ name, sha256: digest.digest("hex") });
        },
      };
    },
    write(name, text) {
      const file = folder.create(name);
      file.append(text);
      file.close();
    },
    files: () => closed,
    commit() {
      explained(path, () => {
        for (const each of folders) syncFolder(join(temporary, each));
        syncFolder(temporary);
        // Not over anything but an empty folder that was made meanwhile: rename refuses the rest.
        fs.renameSync(temporary, path);
        isThere = false;
        syncFolder(dirname(path));
      });
    },
    [Symbol.dispose]() {
      forced[Symbol.dispose]();
      remove();
    },
  };
  return folder;
}

function explained<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
    if (code === "ENOSPC" || code === "EDQUOT") {
      throw new OpsError(
        "no-space",
        `there is no space left for ${path}`,
        "free some, or name another place",
        {
          cause,
        },
      );
    }
    throw unwritable(path, cause instanceof Error ? cause.message : String(cause), cause);
  }
}

function unwritable(path: string, why: string, cause?: unknown): OpsError {
  return new OpsError(
    "file-unwritable",
    `cannot write the folder ${path}: ${why}`,
    "name a path where nothing is yet, in a folder that exists and that you may write to",
    { cause },
  );
}
