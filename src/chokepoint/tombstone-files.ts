import { chmod, mkdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { digestFolder } from "../backup/tombstone/digest-folder.ts";
import { decryptTombstone, encryptTombstone } from "../backup/tombstone/encrypt.ts";
import { removeTombstone } from "../backup/tombstone/folder.ts";
import { requireOwnFolder, requireOwnTombstone } from "../backup/tombstone/own-folder.ts";
import { requireTombstoneSpace } from "../backup/tombstone/require-space.ts";
import { isEncrypted } from "../backup/tombstone/seal.ts";
import { OpsError } from "../errors.ts";
import type { Environment } from "../postgres/settings.ts";
import type { JsonObject } from "./drop.ts";
import type { Tombstones } from "./ports.ts";
import { requireRecorded } from "./require-recorded.ts";

/** Tombstones below each target's `tombstone.dir`: a folder for each drop, named by its id. */
export function openTombstoneFiles({ env }: { readonly env: Environment }): Tombstones {
  const tmpDir = env["TMPDIR"] || tmpdir();
  const folderOf: Tombstones["folderOf"] = ({ name, tombstone }, dropId) =>
    join(tombstone.dir, encodeURIComponent(name), dropId);
  return {
    folderOf,
    async requireSpace({ tombstone }, sizeBytes) {
      await requireWritable(tombstone.dir);
      await requireTombstoneSpace({ dir: tombstone.dir, tmpDir, sizeBytes });
    },
    async prepare(policy, dropId) {
      const folder = folderOf(policy, dropId);
      await requireWritable(policy.tombstone.dir);
      await requireOwnFolder(dirname(folder), { mayBeLink: false });
      await requireOwnTombstone(folder);
      return folder;
    },
    async encrypt(folder, recipients) {
      await encryptTombstone(folder, recipients);
    },
    async digest(folder) {
      await requireOwnTombstone(folder);
      return (await digestFolder(folder)).sha256;
    },
    async check({ folder, contents }) {
      await requireOwnTombstone(folder);
      const { sha256 } = await digestFolder(folder);
      requireRecorded(folder, sha256, recordedDigest(contents));
    },
    async openPlain({ name, tombstone }, folder) {
      await requireOwnTombstone(folder);
      if (!(await isEncrypted(folder))) return { folder, [Symbol.asyncDispose]: () => Promise.resolve() };
      if (tombstone.identities.length === 0)
        throw new OpsError(
          "bad-config",
          `the tombstone in ${folder} is encrypted, and nobody here can read it`,
          `give ${name} tombstone.identities: [file:KEY], or decrypt it by hand as docs/tombstones.md says`,
        );
      // Beside the others, on their disk: what it holds is a customer's. Whoever holds the drop is the only one who would open it.
      const plain = plainOf(folder);
      await removeTombstone(plain);
      await decryptTombstone(folder, tombstone.identities, plain);
      return { folder: plain, [Symbol.asyncDispose]: () => removeTombstone(plain) };
    },
    async remove(folder) {
      await removeTombstone(plainOf(folder));
      await removeTombstone(folder);
    },
  };
}

/** Undefined: it was made before custody recorded one. */
function recordedDigest({ files_sha256: digest }: JsonObject): string | undefined {
  return typeof digest === "string" ? digest : undefined;
}

/** What a process that was killed left in the clear is found again by its name. */
function plainOf(folder: string): string {
  return join(dirname(folder), `.plain-${basename(folder)}`);
}

/** Makes the folder where it is not there. Throws `file-unwritable`, also where others may write to it. */
async function requireWritable(dir: string): Promise<void> {
  await requireOwnFolder(dir, { mayBeLink: true });
  try {
    const made = await mkdir(dir, { recursive: true, mode: 0o700 });
    if (made !== undefined) await chmod(dir, 0o700);
  } catch (cause) {
    throw new OpsError(
      "file-unwritable",
      `cannot make the folder of tombstones ${dir}: ${cause instanceof Error ? cause.message : String(cause)}`,
      "give tombstone.dir a folder that custody may write to",
      { cause },
    );
  }
}
