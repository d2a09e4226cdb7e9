import { lstat, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { OpsError } from "../errors.ts";
import type { Environment } from "./connection-settings.ts";
import { isAbandoned, writeOwner } from "./folder-owner.ts";
import { ownPid } from "./process-group.ts";

/** A temporary folder of this process, mode 0700; gone when disposed, and after a `kill -9` at the next `openOwnedFolder`. */
export interface OwnedFolder extends AsyncDisposable {
  readonly path: string;
}

const prefix = "custody-work-";

/** Makes one in TMPDIR, after removing those whose process is gone. Throws `file-unwritable`. */
export async function openOwnedFolder(env: Environment): Promise<OwnedFolder> {
  const base = env["TMPDIR"] || tmpdir();
  await sweep(base);
  const path = await mkdtemp(join(base, prefix)).catch((cause: unknown) => {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new OpsError(
      "file-unwritable",
      `cannot make a folder in ${base}: ${why}`,
      "set TMPDIR to a folder that you may write to",
      { cause },
    );
  });
  await writeOwner(path, ownPid);
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

async function sweep(base: string): Promise<void> {
  for (const name of await readdir(base).catch(() => [])) {
    const path = join(base, name);
    if (name.startsWith(prefix) && (await isOurs(path)) && (await isAbandoned(path)))
      await rm(path, { recursive: true, force: true });
  }
}

async function isOurs(path: string): Promise<boolean> {
  const facts = await lstat(path).catch(() => undefined);
  return facts !== undefined && facts.isDirectory() && facts.uid === userInfo().uid;
}
