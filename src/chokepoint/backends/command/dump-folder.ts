import { mkdir, open, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { digestFolder } from "../../../backup/tombstone/digest-folder.ts";
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
 * Has every file below the folder on disk, and hashes them all. Throws `unreadable-archive` where there are none or what is none, and
 * `bad-config` for a name that a tombstone's own files have.
 */
export async function sealFolder(folder: string): Promise<Sealed> {
  const { names, bytes, sha256 } = await digestFolder(folder);
  for (const name of names) {
    if (ownNames.test(name))
      throw new OpsError(
        "bad-config",
        `the dump has a file ${name}: names like that are custody's own`,
        "have the target's dump name it otherwise",
      );
    await using file = await open(join(folder, name), "r");
    await file.sync();
  }
  if (names.length === 0)
    throw new OpsError(
      "unreadable-archive",
      `nothing was dumped into ${folder}`,
      "the target's dump writes below {folder}",
    );
  const folders = new Set([folder, dirname(folder)]);
  for (const name of names)
    for (let at = dirname(join(folder, name)); at !== folder; at = dirname(at)) folders.add(at);
  for (const each of folders) syncFolder(each);
  return { files: names.length, bytes, fingerprint: `files-1:${names.length}:${sha256}` };
}
