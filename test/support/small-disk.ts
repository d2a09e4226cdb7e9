import { execFileSync } from "node:child_process";
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, statfsSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A disk of its own that is soon full. Its folder is made; disposing unmounts it. `size` as mount takes it: `64k`. */
export function mountSmallDisk(folder: string, size: string): Disposable {
  mkdirSync(folder);
  execFileSync("mount", ["-t", "tmpfs", "-o", `size=${size},mode=0755`, "tmpfs", folder], {
    stdio: "ignore",
  });
  return { [Symbol.dispose]: () => void execFileSync("umount", [folder]) };
}

/** Only root may mount, and not in every container: elsewhere the tests of full disks are skipped, and counted as such. */
export const canMount = ((): boolean => {
  const folder = mkdtempSync(join(tmpdir(), "custody-test-mount-"));
  try {
    using _disk = mountSmallDisk(join(folder, "disk"), "64k");
    return true;
  } catch {
    return false;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
})();

/** Takes all of a disk but so many bytes; all of it where others write meanwhile. */
export function fillDisk(disk: string, leftBytes: number): AsyncDisposable {
  const { bavail, bsize } = statfsSync(disk);
  const path = join(disk, "filler");
  // A truncated file is a hole: only what is written takes room.
  const chunk = Buffer.alloc(1 << 20);
  const file = openSync(path, "w");
  try {
    for (let left = bavail * bsize - leftBytes; left > 0;)
      left -= writeSync(file, chunk, 0, Math.min(left, chunk.length));
  } catch (error) {
    if (!(error instanceof Error) || !("code" in error) || error.code !== "ENOSPC") throw error;
  } finally {
    closeSync(file);
  }
  return {
    async [Symbol.asyncDispose]() {
      await Promise.resolve();
      rmSync(path, { force: true });
    },
  };
}
