import { randomBytes } from "node:crypto";
import { chmod, mkdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decryptTombstone, encryptTombstone } from "../backup/tombstone/encrypt.ts";
import { removeTombstone } from "../backup/tombstone/folder.ts";
import { requireTombstoneSpace } from "../backup/tombstone/require-space.ts";
import { isEncrypted } from "../backup/tombstone/seal.ts";
import { OpsError } from "../errors.ts";
import type { Environment } from "../postgres/settings.ts";
import type { Tombstones } from "./ports.ts";

/** Tombstones below each target's `tombstone.dir`: a folder for each drop, named by its id. */
export function openTombstoneFiles({ env }: { readonly env: Environment }): Tombstones {
  const tmpDir = env["TMPDIR"] || tmpdir();
  return {
    folderOf: ({ name, tombstone }, dropId) => join(tombstone.dir, encodeURIComponent(name), dropId),
    async requireSpace({ tombstone }, sizeBytes) {
      await requireWritable(tombstone.dir);
      await requireTombstoneSpace({ dir: tombstone.dir, tmpDir, sizeBytes });
    },
    async encrypt(folder, recipients) {
      await encryptTombstone(folder, recipients);
    },
    async openPlain({ name, tombstone }, folder) {
      if (!(await isEncrypted(folder))) return { folder, [Symbol.asyncDispose]: () => Promise.resolve() };
      if (tombstone.identities.length === 0)
        throw new OpsError(
          "bad-config",
          `the tombstone in ${folder} is encrypted, and nobody here can read it`,
          `give ${name} tombstone.identities: [file:KEY], or decrypt it by hand as docs/tombstones.md says`,
        );
      // Beside the others, on their disk: what it holds is a customer's.
      const plain = join(tombstone.dir, `.plain-${randomBytes(6).toString("hex")}`);
      await decryptTombstone(folder, tombstone.identities, plain);
      return { folder: plain, [Symbol.asyncDispose]: () => removeTombstone(plain) };
    },
    remove: (folder) => removeTombstone(folder),
  };
}

/** Makes the folder where it is not there. Throws `file-unwritable`. */
async function requireWritable(dir: string): Promise<void> {
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
