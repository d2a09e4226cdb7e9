import { stat, statfs } from "node:fs/promises";
import { dirname } from "node:path";
import { OpsError } from "../../errors.ts";
import { showBytes } from "../../run/show-bytes.ts";

/** An archive at gzip's lowest level, and its encrypted copy beside it until the plain one is gone: each seldom half of the database. */
const archivesPerByte = 1;
/** A restored database takes about what its source took. */
const restoredPerByte = 1.2;
/** A throwaway cluster before anything is in it, and its WAL. */
const clusterBytes = 96 << 20;

export interface SpaceNeeded {
  /** In the folder of tombstones, and in that of temporary files. */
  readonly tombstone: number;
  readonly proof: number;
}

/** What tombstones of databases of these sizes, and the proof of the largest, take at most, as far as one can know. */
export function spaceFor(sizesBytes: readonly number[]): SpaceNeeded {
  const all = sizesBytes.reduce((sum, size) => sum + size, 0);
  return {
    tombstone: Math.round(all * archivesPerByte),
    proof: Math.round(Math.max(0, ...sizesBytes) * restoredPerByte) + clusterBytes,
  };
}

/**
 * Refuses to begin a tombstone that cannot be made, or not be proved: better than a full disk under a production host.
 *
 * @throws OpsError no-space
 */
export async function requireTombstoneSpace(options: {
  readonly dir: string;
  readonly tmpDir: string;
  readonly sizeBytes: number;
}): Promise<void> {
  const needed = spaceFor([options.sizeBytes]);
  const [dir, tmp] = await Promise.all([freeIn(options.dir), freeIn(options.tmpDir)]);
  if (dir !== null && dir.device === tmp?.device) {
    refuse(options.dir, dir.free, needed.tombstone + needed.proof, "the tombstone and its proof need");
    return;
  }
  refuse(options.dir, dir?.free ?? null, needed.tombstone, "the tombstone needs");
  refuse(options.tmpDir, tmp?.free ?? null, needed.proof, "the proof of the tombstone needs");
}

function refuse(folder: string, free: number | null, needed: number, what: string): void {
  if (free === null || free >= needed) return;
  throw new OpsError(
    "no-space",
    `${folder} has ${showBytes(free)} free, and ${what} about ${showBytes(needed)}`,
    "free some space, or give tombstone.dir (TMPDIR for the proof) a disk with room",
  );
}

/** Of the nearest folder that is there; null where nobody can say. */
async function freeIn(folder: string): Promise<{ readonly free: number; readonly device: number } | null> {
  try {
    const [{ bavail, bsize }, { dev }] = await Promise.all([statfs(folder), stat(folder)]);
    return { free: bavail * bsize, device: dev };
  } catch {
    // Not made yet.
    return dirname(folder) === folder ? null : await freeIn(dirname(folder));
  }
}
