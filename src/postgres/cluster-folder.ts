import { chmod, chown, lstat, mkdir, mkdtemp, readdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { OpsError } from "../errors.ts";
import { writeOwner } from "./folder-owner.ts";
import { socketPath } from "./hosts.ts";
import { ownPid } from "./process-group.ts";
import { canEnter } from "./reach.ts";
import type { ServerUser } from "./server-user.ts";
import type { Environment } from "./connection-settings.ts";

const prefix = "custody-cluster-";
const longestSocketPath = 107;

/**
 * The folder of one throwaway cluster. The folder itself and `owner` belong to us, so that nobody can forge whose it is;
 * `data` and `run` (the socket) belong to the server's user, mode 0700.
 */
export interface ClusterFolder {
  readonly path: string;
  readonly data: string;
  readonly run: string;
  readonly log: string;
}

export function folderAt(path: string): ClusterFolder {
  return { path, data: join(path, "data"), run: join(path, "run"), log: join(path, "log") };
}

/** Makes a folder where the path of a socket is short enough: XDG_RUNTIME_DIR, TMPDIR or /tmp. Throws `scratch-failed`. */
export async function makeClusterFolder(env: Environment, user: ServerUser): Promise<ClusterFolder> {
  for (const base of basesFor(env, user)) {
    if (socketPath(join(base, `${prefix}XXXXXX`, "run"), 65535).length > longestSocketPath) continue;
    if (user.isOther && !(await canEnter(base, user))) continue;
    const path = await mkdtemp(join(base, prefix)).catch(() => undefined);
    if (path === undefined) continue;
    await writeOwner(path, ownPid);
    const folder = folderAt(path);
    await mkdir(folder.run, { mode: 0o700 });
    if (user.isOther) {
      await chown(folder.run, user.uid, user.gid);
      await chmod(path, 0o711);
    }
    return folder;
  }
  throw new OpsError(
    "scratch-failed",
    `no folder for a throwaway server can be made in ${basesFor(env, user).join(" or ")}`,
    "set TMPDIR to a writable folder with a short path",
  );
}

/** The folders of all throwaway clusters of this user, live or abandoned. */
export async function listClusterFolders(env: Environment, user: ServerUser): Promise<readonly string[]> {
  const found: string[] = [];
  for (const base of new Set([...basesFor(env, user), ...everyBase(env)])) {
    for (const name of await readdir(base).catch(() => [])) {
      const path = join(base, name);
      if (name.startsWith(prefix) && (await isOurs(path, user))) found.push(path);
    }
  }
  return found;
}

async function isOurs(path: string, user: ServerUser): Promise<boolean> {
  const facts = await lstat(path).catch(() => undefined);
  return facts !== undefined && facts.isDirectory() && facts.uid === (user.isOther ? 0 : user.uid);
}

/** A server of another user may not be able to enter our own XDG_RUNTIME_DIR. */
function basesFor(env: Environment, user: ServerUser): readonly string[] {
  return user.isOther ? [env["TMPDIR"] || tmpdir(), "/tmp"] : everyBase(env);
}

/** XDG_RUNTIME_DIR is memory on most systems, too small for data: it is the last resort for a short path. */
function everyBase(env: Environment): readonly string[] {
  const runtime = env["XDG_RUNTIME_DIR"];
  return [env["TMPDIR"] || tmpdir(), "/tmp", ...(runtime ? [runtime] : [])];
}
