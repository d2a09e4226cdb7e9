import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { open, readdir } from "node:fs/promises";
import { join, relative } from "node:path";
import { OpsError } from "../../errors.ts";
import { fileUnreadable } from "../archive/read-chunks.ts";

export interface FolderDigest {
  /** Relative to the folder, in their order. */
  readonly names: readonly string[];
  readonly bytes: number;
  /** SHA-256 over every file's path, length and SHA-256, by path; lower-case hex. */
  readonly sha256: string;
}

/**
 * Reads every file below a folder. Nothing is followed that leads elsewhere: a link, a pipe or a socket throws `unreadable-archive`.
 * Throws `file-unreadable`.
 */
export async function digestFolder(folder: string): Promise<FolderDigest> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch((error: unknown) => {
    throw fileUnreadable(folder, error);
  });
  const names: string[] = [];
  for (const entry of entries) {
    const name = relative(folder, join(entry.parentPath, entry.name));
    if (entry.isFile()) names.push(name);
    else if (!entry.isDirectory())
      throw new OpsError(
        "unreadable-archive",
        `${join(folder, name)} is neither a file nor a folder`,
        "a tombstone holds its own files and nothing that leads elsewhere",
      );
  }
  names.sort();
  const whole = createHash("sha256");
  let bytes = 0;
  for (const name of names) {
    const file = await digestFile(join(folder, name));
    whole.update(`${name}\0${file.bytes}\0${file.sha256}\n`);
    bytes += file.bytes;
  }
  return { names, bytes, sha256: whole.digest("hex") };
}

async function digestFile(path: string): Promise<{ readonly bytes: number; readonly sha256: string }> {
  const digest = createHash("sha256");
  let bytes = 0;
  try {
    await using file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
    const buffer = Buffer.allocUnsafe(1 << 20);
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, buffer.length);
      if (bytesRead === 0) return { bytes, sha256: digest.digest("hex") };
      digest.update(buffer.subarray(0, bytesRead));
      bytes += bytesRead;
    }
  } catch (error) {
    throw fileUnreadable(path, error);
  }
}
