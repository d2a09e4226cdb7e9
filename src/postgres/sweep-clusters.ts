import { readFile, readlink } from "node:fs/promises";
import { basename, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { folderAt, listClusterFolders } from "./cluster-folder.ts";
import { isAbandoned } from "./folder-owner.ts";
import { isRunning, signalProcess } from "./process-group.ts";
import { removeClusterFolder } from "./remove-folder.ts";
import { serverUser } from "./server-user.ts";
import type { Environment } from "./connection-settings.ts";

const stopTimeoutMs = 5000;

/**
 * Stops and removes the throwaway clusters whose process is gone: killed, crashed, or from before a reboot. Returns their
 * folders. Called at every start of a cluster; harmless when several run at once.
 */
export async function sweepAbandonedClusters(env: Environment): Promise<readonly string[]> {
  const user = await serverUser();
  const folders = await listClusterFolders(env, user);
  const swept = await Promise.all(
    folders.map(async (path) => {
      if (!(await isAbandoned(path))) return undefined;
      await stopServer(folderAt(path).data);
      await removeClusterFolder(folderAt(path), user);
      return path;
    }),
  );
  return swept.filter((path) => path !== undefined);
}

/** Only when the process of postmaster.pid really is a postgres in that very data directory. */
async function stopServer(data: string): Promise<void> {
  const text = await readFile(join(data, "postmaster.pid"), "utf8").catch(() => "");
  const server = Number(text.split("\n")[0]);
  if (!(server > 1) || !(await isServerOf(server, data))) return;
  signalProcess(server, "SIGQUIT");
  const deadline = performance.now() + stopTimeoutMs;
  while (isRunning(server)) {
    if (performance.now() > deadline) signalProcess(server, "SIGKILL");
    await delay(5);
  }
}

async function isServerOf(pid: number, data: string): Promise<boolean> {
  try {
    const [program, folder] = await Promise.all([readlink(`/proc/${pid}/exe`), readlink(`/proc/${pid}/cwd`)]);
    return basename(program).startsWith("postgres") && folder === data;
  } catch {
    // The process is gone, or this system has no /proc: then it is not touched.
    return false;
  }
}
