import { constants } from "node:fs";
import type { Stats } from "node:fs";
import { access, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { OpsError } from "../errors.ts";

/**
 * That a folder is there, may be written to, and not by everybody; or that it could be made. Nothing is made here. What everybody may
 * write to is refused with a sticky bit as well: others could put their own in the place of what is not there yet.
 *
 * @throws OpsError file-unwritable
 */
export async function requireUsableFolder(path: string): Promise<void> {
  const facts = await statOrNull(path);
  if (facts === null) {
    if (dirname(path) === path) throw unusable(path, "it is not there");
    await requireParent(dirname(path), path);
    return;
  }
  if (!facts.isDirectory()) throw unusable(path, "it is no folder");
  await requireWritable(path, path);
  if ((facts.mode & 0o002) !== 0)
    throw new OpsError("file-unwritable", `${path} can be written to by everybody`, `chmod o-w ${path}`);
}

/** The nearest folder above that is there is the one that the others would be made in. */
async function requireParent(parent: string, path: string): Promise<void> {
  const facts = await statOrNull(parent);
  if (facts === null) {
    if (dirname(parent) === parent) throw unusable(path, `${parent} is not there`);
    await requireParent(dirname(parent), path);
    return;
  }
  if (!facts.isDirectory()) throw unusable(path, `${parent} is no folder`);
  await requireWritable(parent, path);
}

async function requireWritable(folder: string, path: string): Promise<void> {
  await access(folder, constants.W_OK | constants.X_OK).catch((cause: unknown) => {
    throw unusable(path, `${folder} cannot be written to (${codeOf(cause)})`, cause);
  });
}

async function statOrNull(path: string): Promise<Stats | null> {
  try {
    return await stat(path);
  } catch (cause) {
    if (codeOf(cause) === "ENOENT" || codeOf(cause) === "ENOTDIR") return null;
    throw unusable(path, codeOf(cause), cause);
  }
}

function codeOf(cause: unknown): string {
  return cause instanceof Error && "code" in cause ? String(cause.code) : String(cause);
}

function unusable(path: string, why: string, cause?: unknown): OpsError {
  return new OpsError(
    "file-unwritable",
    `the folder ${path} cannot be used: ${why}`,
    "name a folder that custody may write to",
    { cause },
  );
}
