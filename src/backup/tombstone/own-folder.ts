import type { Stats } from "node:fs";
import { chmod, lstat, stat } from "node:fs/promises";
import { OpsError } from "../../errors.ts";
import { ownUid } from "../../postgres/process-group.ts";

const writableByOthers = 0o022;
const readableByOthers = 0o077;

/**
 * A folder that holds tombstones, where it is there: of this very user, and nobody else may write to it. Who can, puts his own in the
 * place of any. `mayBeLink`: the one that the configuration names. Throws `file-unwritable`.
 */
export async function requireOwnFolder(
  path: string,
  { mayBeLink }: { readonly mayBeLink: boolean },
): Promise<void> {
  const status = await look(path, mayBeLink);
  if (status === null) return;
  if (!status.isDirectory())
    throw unsafe(path, "it is no folder of custody's own, but something in its place");
  if (ownUid !== null && status.uid !== ownUid)
    throw unsafe(path, `it belongs to the user ${status.uid}, and custody is ${ownUid}`);
  const mode = status.mode & 0o777;
  if ((mode & writableByOthers) !== 0)
    throw unsafe(path, `others may write to it: its mode is ${mode.toString(8).padStart(4, "0")}`);
}

/** The folder of one tombstone, for its owner alone. Throws `file-unwritable`. */
export async function requireOwnTombstone(folder: string): Promise<void> {
  await requireOwnFolder(folder, { mayBeLink: false });
  const status = await look(folder, false);
  // As one is that was fetched from a backup.
  if (status !== null && (status.mode & readableByOthers) !== 0) await chmod(folder, 0o700);
}

async function look(path: string, mayBeLink: boolean): Promise<Stats | null> {
  return await (mayBeLink ? stat(path) : lstat(path)).catch((cause: unknown) => {
    if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") return null;
    throw unsafe(path, cause instanceof Error ? cause.message : String(cause));
  });
}

function unsafe(path: string, why: string): OpsError {
  return new OpsError(
    "file-unwritable",
    `${path} cannot hold tombstones: ${why}`,
    "they lie in folders of custody's own user that nobody else may write to: see who put it there, then chown and chmod it",
  );
}
