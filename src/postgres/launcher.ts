import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { ServerUser } from "./server-user.ts";

/** What a program is started through: `command` and `args` come before the program and its arguments. */
export interface Launcher {
  readonly prefix: readonly string[];
  /** For spawn, where no prefix changes the user. */
  readonly uid?: number;
  readonly gid?: number;
  /** The program sees no network but its own. */
  readonly isIsolated: boolean;
}

/**
 * How to start a server as its user. Where the system has `setpriv` (util-linux), the kernel sends the server SIGQUIT,
 * PostgreSQL's immediate shutdown, when custody dies, however it dies. With `isolateNetwork` the server gets a network
 * of its own where that is allowed; Unix sockets work across it.
 */
export async function chooseLauncher(
  user: ServerUser,
  want: { readonly isolateNetwork: boolean; readonly mayOutlive: boolean },
): Promise<Launcher> {
  const setpriv = ["setpriv", ...(want.mayOutlive ? [] : ["--pdeathsig", "QUIT"]), ...identity(user), "--"];
  const unshare = user.isOther
    ? ["unshare", "--net", "--"]
    : ["unshare", "--map-current-user", "--net", "--"];
  const hasSetpriv = await runs(setpriv);
  if (hasSetpriv) {
    const isIsolated = want.isolateNetwork && (await runs([...unshare, ...setpriv]));
    return { prefix: isIsolated ? [...unshare, ...setpriv] : setpriv, isIsolated };
  }
  return { prefix: [], isIsolated: false, ...(user.isOther ? { uid: user.uid, gid: user.gid } : {}) };
}

function identity(user: ServerUser): readonly string[] {
  if (!user.isOther) return [];
  return ["--reuid", String(user.uid), "--regid", String(user.gid), "--clear-groups"];
}

const known = new Map<string, Promise<boolean>>();

async function runs(prefix: readonly string[]): Promise<boolean> {
  const key = prefix.join(" ");
  const [command, ...args] = [...prefix, "true"];
  const answer =
    known.get(key) ??
    promisify(execFile)(command ?? "true", args, {
      env: { PATH: "/usr/bin:/bin:/usr/sbin:/sbin" },
      timeout: 5000,
    }).then(
      () => true,
      () => false,
    );
  known.set(key, answer);
  return await answer;
}
