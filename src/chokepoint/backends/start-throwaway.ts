import { userInfo } from "node:os";
import type { Readable } from "node:stream";
import { execa } from "execa";
import { OpsError } from "../../errors.ts";
import type { Environment } from "../../postgres/connection-settings.ts";
import { chooseLauncher } from "../../postgres/launcher.ts";
import { openOwnedFolder } from "../../postgres/owned-folder.ts";
import { signalGroup } from "../../postgres/process-group.ts";

/** A server of this machine that proves a tombstone, and nothing else: gone when disposed, or when custody dies. */
export interface Throwaway extends AsyncDisposable {
  /** Its own; only this user reaches it. Removed with it. */
  readonly folder: string;
  /** To be read, or the server waits. */
  readonly stderr: Readable;
  hasEnded(): boolean;
}

/**
 * Starts a program as this user, in a process group and a folder of its own, without a shell, with PATH, LC_ALL and TZ alone. `args` may
 * put files into the folder, and holds no secret: the processes of a machine are listed. Throws `scratch-failed` and as `args`.
 */
export async function startThrowaway(
  program: string,
  env: Environment,
  args: (folder: string) => readonly string[] | Promise<readonly string[]>,
): Promise<Throwaway> {
  await using stack = new AsyncDisposableStack();
  const folder = stack.use(await openOwnedFolder(env));
  const { uid, gid, username } = userInfo();
  const { prefix } = await chooseLauncher(
    { name: username, uid, gid, isOther: false },
    { isolateNetwork: false, mayOutlive: false },
  );
  const [command = program, ...rest] = [...prefix, program, ...(await args(folder.path))];
  const child = execa(command, rest, {
    cwd: folder.path,
    env: { PATH: "/usr/bin:/bin:/usr/sbin:/sbin", LC_ALL: "C", TZ: "UTC" },
    extendEnv: false,
    stdin: "ignore",
    stdout: "ignore",
    stderr: "pipe",
    buffer: false,
    reject: false,
    detached: true,
  });
  const { pid } = child;
  if (pid === undefined)
    throw new OpsError("scratch-failed", `${program} cannot be run`, "start it by hand to see why", {
      cause: await child,
    });
  let hasEnded = false;
  const ended = child.then(() => (hasEnded = true));
  stack.defer(async () => {
    if (!hasEnded) signalGroup(pid, "SIGKILL");
    await ended;
  });
  const held = stack.move();
  return {
    folder: folder.path,
    stderr: child.stderr,
    hasEnded: () => hasEnded,
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  };
}
