import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isRunning, ownPid } from "./process-group.ts";
import { identifyProcess } from "./process-identity.ts";
import type { ProcessIdentity } from "./process-identity.ts";

/** A folder without an owner is being made; after this long it is not. */
const unownedAgeMs = 60 * 60 * 1000;

/** Says whose the folder is: as long as that process lives, nobody sweeps it. */
export async function writeOwner(path: string, owner: number): Promise<void> {
  const text = JSON.stringify((await identifyProcess(owner)) ?? { pid: owner });
  await writeFile(join(path, "owner"), text, { mode: 0o600 });
}

/** Who made the folder; nothing when it does not say (yet). */
async function readOwner(path: string): Promise<Partial<ProcessIdentity> | undefined> {
  try {
    const owner: unknown = JSON.parse(await readFile(join(path, "owner"), "utf8"));
    return typeof owner === "object" && owner !== null ? owner : undefined;
  } catch {
    // Being made at this moment, or being removed.
    return undefined;
  }
}

/** Whether the process that made the folder is gone: killed, crashed, or from before a reboot. */
export async function isAbandoned(path: string): Promise<boolean> {
  const owner = await readOwner(path);
  if (owner?.pid === undefined) {
    const facts = await stat(path).catch(() => undefined);
    return facts !== undefined && Date.now() - facts.mtimeMs > unownedAgeMs;
  }
  const here = await identifyProcess(ownPid);
  if (here === undefined || owner.startTime === undefined) return !isRunning(owner.pid);
  if (owner.bootId !== here.bootId) return true;
  if (owner.pidNamespace !== here.pidNamespace) return false;
  return !isSame(await identifyProcess(owner.pid), owner);
}

function isSame(found: ProcessIdentity | undefined, owner: Partial<ProcessIdentity>): boolean {
  return found !== undefined && found.startTime === owner.startTime;
}
