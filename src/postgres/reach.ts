import { execFile } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { access, mkdir, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { promisify } from "node:util";
import type { Installation } from "./installations.ts";
import type { ServerUser } from "./server-user.ts";

/** Root's own cache is closed to the user that the server runs as; this one is not. */
const sharedCache = "/var/cache/custody";

/** Whether a user may enter a folder: execute permission on it and on every folder above. */
export async function canEnter(folder: string, user: ServerUser): Promise<boolean> {
  return (await findClosed(folder, user)) === null;
}

/** The lowest folder, of this one and those above, that keeps a user out or is not there; null where none does. */
export async function findClosed(folder: string, user: ServerUser): Promise<string | null> {
  for (let at = folder; ; at = dirname(at)) {
    const facts = await stat(at).catch(() => undefined);
    if (facts === undefined) return at;
    const bit = facts.uid === user.uid ? 0o100 : facts.gid === user.gid ? 0o010 : 0o001;
    if ((facts.mode & bit) === 0) return at;
    if (at === dirname(at)) return null;
  }
}

/**
 * The installation, in a place that the server's user can enter: where custody runs as root from a folder that is closed to
 * others (`/root`), npm's servers are copied once to `/var/cache/custody`.
 */
export async function reachableInstallation(
  installation: Installation,
  user: ServerUser,
): Promise<Installation> {
  if (!user.isOther || (await canEnter(installation.binDir, user))) return installation;
  const source = dirname(installation.binDir);
  const key = createHash("sha256").update(`${source} ${installation.version}`).digest("hex").slice(0, 8);
  const target = join(sharedCache, `postgresql-${installation.version}-${key}`);
  const binDir = join(target, basename(installation.binDir));
  const isThere = await access(join(binDir, "postgres")).then(
    () => true,
    () => false,
  );
  if (!isThere) await copyWhole(source, target);
  return { ...installation, binDir };
}

/** Whole or not at all; of two that copy at once, one wins. */
async function copyWhole(source: string, target: string): Promise<void> {
  const draft = `${target}.${randomBytes(4).toString("hex")}`;
  await mkdir(dirname(target), { recursive: true, mode: 0o755 });
  try {
    await promisify(execFile)("cp", ["-a", source, draft], { env: { PATH: "/usr/bin:/bin" } });
    await rename(draft, target);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    const isThere = await access(target).then(
      () => true,
      () => false,
    );
    if (!isThere) throw error;
  }
}
