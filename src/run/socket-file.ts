import { chmodSync, linkSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { connect } from "node:net";
import { dirname, join } from "node:path";

/**
 * Makes the file of a Unix socket: for those of `mode` alone, at no moment for others. It is made by `listen` in a folder of its own,
 * and moved when it is closed to them. What is left of a server that is gone is removed; a living one keeps its place (EEXIST).
 */
export async function makeSocketFile(
  path: string,
  mode: number,
  listen: (path: string) => Promise<void>,
): Promise<void> {
  await removeDeadSocket(path);
  const folder = mkdtempSync(join(dirname(path), ".custody-"));
  try {
    const made = join(folder, "s");
    await listen(made);
    chmodSync(made, mode);
    // Not over another's: a link is refused where a rename would replace.
    linkSync(made, path);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A socket that nobody listens on any more would keep the next start from its place. */
async function removeDeadSocket(path: string): Promise<void> {
  if (statSync(path, { throwIfNoEntry: false })?.isSocket() !== true) return;
  const isAlive = await new Promise<boolean>((resolve) => {
    const probe = connect(path, () => resolve(true));
    probe.once("error", () => resolve(false));
    probe.once("connect", () => probe.destroy());
  });
  if (!isAlive) rmSync(path, { force: true });
}
