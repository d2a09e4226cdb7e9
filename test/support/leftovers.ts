import { readdir, readFile, readlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** What a run can leave behind on this machine. */
export interface Leftovers {
  readonly folders: readonly string[];
  readonly processes: readonly string[];
}

/**
 * Folders that custody makes (`custody-…`) in a temporary folder, and PostgreSQL processes that work in it. Give each test
 * a TMPDIR of its own, so that it sees only what is its own.
 */
export async function leftovers(folder: string = tmpdir()): Promise<Leftovers> {
  const names = await readdir(folder).catch(() => []);
  return {
    folders: names.filter((name) => name.startsWith("custody-")).toSorted(),
    processes: await processesIn(folder),
  };
}

export const nothing: Leftovers = { folders: [], processes: [] };

/** Command lines of processes whose working folder or arguments are inside `folder`. */
async function processesIn(folder: string): Promise<readonly string[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
  const found = await Promise.all(
    pids.map(async (pid) => {
      const cwd = await readlink(`/proc/${pid}/cwd`).catch(() => "");
      const command = (await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => ""))
        .replaceAll("\0", " ")
        .trim();
      const isZombie = command === "";
      return !isZombie &&
        (cwd.startsWith(join(folder, "custody-")) || command.includes(join(folder, "custody-")))
        ? [command]
        : [];
    }),
  );
  return found.flat();
}
