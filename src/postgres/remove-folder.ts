import { execFile } from "node:child_process";
import { rm } from "node:fs/promises";
import { promisify } from "node:util";
import type { ClusterFolder } from "./cluster-folder.ts";
import type { ServerUser } from "./server-user.ts";

/**
 * Removes a cluster's folder. What the server's user owns is removed as that user: a hostile restore may have run code as
 * it, and a link slipped in while root removes would lead root elsewhere.
 */
export async function removeClusterFolder(folder: ClusterFolder, user: ServerUser): Promise<void> {
  if (user.isOther) {
    await promisify(execFile)("/bin/rm", ["-rf", "--", folder.data, folder.run], {
      uid: user.uid,
      gid: user.gid,
      env: {},
    }).catch(() => undefined);
  }
  await rm(folder.path, { recursive: true, force: true });
}
