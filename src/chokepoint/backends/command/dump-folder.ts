import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, open, readdir, rm } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { OpsError } from "../../../errors.ts";
import { syncFolder } from "../../../run/new-file.ts";

/** An empty folder of custody's own, in place of whatever is there. Throws `file-unwritable`. */
export async function emptyFolder(folder: string): Promise<void> {
  try {
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw new OpsError(
      "file-unwritable",
      `cannot make the folder ${folder}: ${cause instanceof Error ? cause.message : String(cause)}`,
      "check tombstone.dir and who may write to it",
      { cause },
    );
  }
}

/** What encrypting a tombstone calls its own files, and what it takes for leftovers of an earlier attempt. */
const ownNames = /(\.age|\.partial)$|^(tombstone|encrypted)\.json$/;

export interface Sealed {
  readonly files: number;
  readonly bytes: number;
  /** SHA-256 over every file's path, length and SHA-256, by path. */
  readonly fingerprint: string;
}

/**
 * Has every file below the folder on disk, and hashes them all. Throws `unreadable-archive` where there are none, and `bad-config` for a
 * name that a tombstone's own files have.
 */
export async function sealFolder(folder: string): Promise<Sealed> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const whole = createHash("sha256");
  let [files, bytes] = [0, 0];
  const paths = entries.filter((each) => each.isFile()).map((each) => join(each.parentPath, each.name));
  for (const path of paths.sort()) {
    const name = relative(folder, path);
    if (ownNames.test(name))
      throw new OpsError(
        "bad-config",
        `the dump has a file ${name}: names like that are custody's own`,
        "have the target's dump name it otherwise",
      );
    const digest = createHash("sha256");
    let length = 0;
    for await (const chunk of createReadStream(path)) {
      const piece = Buffer.from(chunk);
      digest.update(piece);
      length += piece.length;
    }
    const file = await open(path, "r");
    await file.sync();
    await file.close();
    whole.update(`${name}\0${length}\0${digest.digest("hex")}\n`);
    files += 1;
    bytes += length;
  }
  if (files === 0)
    throw new OpsError(
      "unreadable-archive",
      `nothing was dumped into ${folder}`,
      "the target's dump writes below {folder}",
    );
  for (const each of entries.filter((entry) => entry.isDirectory()))
    syncFolder(join(each.parentPath, each.name));
  syncFolder(folder);
  syncFolder(dirname(folder));
  return { files, bytes, fingerprint: `files-1:${files}:${whole.digest("hex")}` };
}
