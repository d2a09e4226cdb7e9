import { randomBytes } from "node:crypto";
import { mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { explainWrite } from "../dump-file.ts";
import { readMarker } from "./marker.ts";

/** A tombstone that is being written: beside its place, 0700, under a name that nobody takes for a tombstone. */
export interface DraftFolder extends AsyncDisposable {
  readonly path: string;
  /** Puts it in its place, on disk, in the place of what was never finished. Without it, disposing removes all of it. */
  commit(): Promise<void>;
}

/** Opens one, after removing what killed processes left of the same tombstone. Throws `no-space`, `file-unwritable`. */
export async function openDraftFolder(folder: string): Promise<DraftFolder> {
  await mkdir(dirname(folder), { recursive: true, mode: 0o700 }).catch(refuse(folder));
  await removeDrafts(folder);
  const path = draftName(folder);
  await mkdir(path, { mode: 0o700 }).catch(refuse(path));
  return {
    path,
    async commit() {
      await syncDirectory(path);
      // Rename takes no place that is not empty: what another has finished meanwhile stays.
      if ((await readMarker(folder)) === null) await rm(folder, { recursive: true, force: true });
      await rename(path, folder).catch(refuse(folder));
      await syncDirectory(dirname(folder));
    },
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  };
}

/** Removes a tombstone, whole or not; from its first moment on nobody takes what is left of it for one. May be called again. */
export async function removeTombstone(folder: string): Promise<void> {
  const path = draftName(folder);
  const isThere = await rename(folder, path).then(
    () => true,
    (error: unknown) => {
      if (isMissing(error)) return false;
      throw explainWrite(folder, error);
    },
  );
  if (isThere) await syncDirectory(dirname(folder));
  await removeDrafts(folder);
}

/** What a tombstone takes, in bytes; 0 where there is none. */
export async function tombstoneBytes(folder: string): Promise<number> {
  const names = await readdir(folder, { recursive: true }).catch((error: unknown) => {
    if (isMissing(error)) return [];
    throw error;
  });
  const sizes = await Promise.all(names.map(async (name) => await stat(join(folder, name))));
  return sizes.reduce((sum, status) => sum + (status.isFile() ? status.size : 0), 0);
}

/** Has what was made, renamed or removed in a folder on disk. */
export async function syncDirectory(path: string): Promise<void> {
  await using directory = await open(path, "r").catch(refuse(path));
  await directory.sync().catch(refuse(path));
}

function draftName(folder: string): string {
  return join(dirname(folder), `${draftPrefix(folder)}${randomBytes(6).toString("hex")}`);
}

function draftPrefix(folder: string): string {
  return `.${basename(folder)}.partial-`;
}

/** Whoever works on a tombstone holds its target: no other draft of it is anybody's. */
async function removeDrafts(folder: string): Promise<void> {
  const names = await readdir(dirname(folder)).catch((error: unknown) => {
    if (isMissing(error)) return [];
    throw error;
  });
  for (const name of names)
    if (name.startsWith(draftPrefix(folder)))
      await rm(join(dirname(folder), name), { recursive: true, force: true });
}

function refuse(path: string): (error: unknown) => never {
  return (error) => {
    throw explainWrite(path, error);
  };
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}
