import { randomBytes } from "node:crypto";
import { existsSync, readdirSync, renameSync, rmSync } from "node:fs";
import { connect, createServer } from "node:net";
import type { Server } from "node:net";
import { join } from "node:path";
import { OpsError } from "../errors.ts";

export interface FolderLock extends AsyncDisposable {
  /** Whether the folder is still the one that was locked: not emptied, replaced, or its disk unmounted. */
  isHeld(): boolean;
}

const prefix = ".lock-";

/**
 * Keeps a folder to one process until disposed, or until the process dies, however it dies: whoever holds it listens on a Unix
 * socket inside, which only a living process answers. Unlike a process id this says the same in every container that shares
 * the folder, is given to nobody else later, and needs no clean-up after `kill -9`. Each announces itself before it looks
 * for others, so of two that come at once both may be refused, but never both let in. Processes of another machine (a network
 * file system) are not seen.
 *
 * @throws OpsError state-in-use; file-unwritable
 */
export async function lockFolder(path: string): Promise<FolderLock> {
  const own = `${prefix}${randomBytes(6).toString("hex")}`;
  await using announced = await announce(path, own);
  for (const name of readdirSync(path)) {
    if (!name.startsWith(prefix) || name === own) continue;
    if (await isAnswered(join(path, name))) {
      throw new OpsError(
        "state-in-use",
        `another process works with ${path}`,
        "wait until it has ended, or end it: in another folder nothing would be known of what was promised here",
      );
    }
    rmSync(join(path, name), { force: true });
  }
  const held = announced.move();
  return {
    isHeld: () => existsSync(join(path, own)),
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  };
}

/** The socket gets its name when it listens already: one of that name that does not answer is of a process that is gone. */
async function announce(path: string, own: string): Promise<AsyncDisposableStack> {
  const server = createServer((socket) => socket.destroy());
  const held = new AsyncDisposableStack();
  const unfinished = join(path, `.new${own}`);
  try {
    await listen(server, unfinished);
    held.defer(() => close(server));
    held.defer(() => rmSync(unfinished, { force: true }));
    renameSync(unfinished, join(path, own));
    held.defer(() => rmSync(join(path, own), { force: true }));
  } catch (cause) {
    await held.disposeAsync();
    throw new OpsError(
      "file-unwritable",
      `cannot lock the folder ${path}: ${reasonOf(cause)}`,
      "name a folder that you may write to, on a file system of this machine",
      { cause },
    );
  }
  server.unref();
  return held;
}

/** The runtime's own words name a path, and not always why. */
function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  return "code" in cause && !cause.message.includes(String(cause.code))
    ? `${cause.message} (${String(cause.code)})`
    : cause.message;
}

async function listen(server: Server, path: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once("error", reject);
  server.listen(path, () => resolve());
  await promise;
  server.on("error", () => undefined);
}

async function close(server: Server): Promise<void> {
  await new Promise<void>((resolve) => server.close(() => resolve()));
}

/** Anything but a refusal, or a name that is gone by now, counts as an answer. */
async function isAnswered(path: string): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect(path);
  socket.once("connect", () => resolve(true));
  socket.once("error", (error: Error & { code?: string }) =>
    resolve(error.code !== "ECONNREFUSED" && error.code !== "ENOENT"),
  );
  const isAlive = await promise;
  socket.destroy();
  return isAlive;
}
