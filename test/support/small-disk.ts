import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
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
