import { execFile, spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { chown, mkdir, open } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { makeClusterFolder } from "../../src/postgres/cluster-folder.ts";
import type { ClusterFolder } from "../../src/postgres/cluster-folder.ts";
import { connect } from "../../src/postgres/connect.ts";
import { makeDataDirectory } from "../../src/postgres/initdb.ts";
import { chooseLauncher } from "../../src/postgres/launcher.ts";
import { removeClusterFolder } from "../../src/postgres/remove-folder.ts";
import { serverParameters } from "../../src/postgres/server-parameters.ts";
import { serverUser } from "../../src/postgres/server-user.ts";
import type { ConnectionSettings } from "../../src/postgres/settings.ts";
import type { Installation } from "../../src/postgres/installations.ts";

/** A server whose process can be ended and started again over the same data. */
export interface TestServer extends AsyncDisposable {
  readonly settings: ConnectionSettings;
  start(): Promise<void>;
  /** SIGQUIT is PostgreSQL's immediate shutdown, SIGINT its fast one. */
  stop(signal: "SIGQUIT" | "SIGINT"): Promise<void>;
  /** kill -9 of every process of the server: none says goodbye to whoever is connected. */
  kill(): Promise<void>;
  /** Stops every process of the server where it is, as a machine without power does: connections stay, nothing answers. */
  freeze(): Promise<AsyncDisposable>;
  /** A streaming standby made of this server by pg_basebackup; not started. */
  standby(): Promise<TestServer>;
}

/**
 * A server of an installation with pg_basebackup, not started; `parameters` besides its own; `inside`: a folder that has its folder. Disposing
 * ends it and its standbys, and removes their folders.
 */
export async function makeServer(
  installation: Installation,
  parameters: Readonly<Record<string, string>> = {},
  inside?: string,
): Promise<TestServer> {
  const user = await serverUser();
  const folder = await makeClusterFolder(inside === undefined ? process.env : { TMPDIR: inside }, user);
  const { superuser } = await makeDataDirectory(folder.data, installation, user, process.env, undefined);
  return serverIn(folder, { binDir: installation.binDir, superuser, parameters });
}

interface Made {
  readonly binDir: string;
  readonly superuser: string;
  readonly parameters: Readonly<Record<string, string>>;
}

function serverIn(folder: ClusterFolder, made: Made): TestServer {
  const { binDir, superuser } = made;
  let child: ChildProcess | null = null;
  const settings: ConnectionSettings = {
    hosts: [{ host: folder.run, port: 5432 }],
    user: superuser,
    database: "postgres",
    sslmode: "disable",
  };
  const launch = async (): Promise<readonly string[]> =>
    (await chooseLauncher(await serverUser(), { isolateNetwork: false, mayOutlive: false })).prefix;
  const stop = async (signal: "SIGQUIT" | "SIGINT"): Promise<void> => {
    const ending = child;
    child = null;
    if (ending === null || ending.exitCode !== null) return;
    const ended = once(ending, "exit");
    ending.kill(signal);
    await ended;
  };
  const all = async (pid: number): Promise<readonly number[]> => {
    const { stdout } = await promisify(execFile)("pgrep", ["-P", String(pid)]).catch(() => ({ stdout: "" }));
    return [pid, ...stdout.split("\n").filter(Boolean).map(Number)];
  };
  const standbys: TestServer[] = [];
  return {
    settings,
    stop,
    async start() {
      const parameters = {
        ...serverParameters({ durable: false, jobs: 1, socketDirectory: folder.run }),
        synchronous_commit: "on",
        shared_buffers: "64MB",
        wal_level: "replica",
        max_wal_senders: "5",
        hot_standby: "on",
        ...made.parameters,
      };
      const flags = Object.entries(parameters).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
      const [command = "", ...args] = [
        ...(await launch()),
        join(binDir, "postgres"),
        "-D",
        folder.data,
        ...flags,
      ];
      await using log = await open(folder.log, "a", 0o600);
      child = spawn(command, args, {
        cwd: folder.data,
        env: { PATH: "/usr/bin:/bin", LC_ALL: "C", TZ: "UTC" },
        detached: true,
        stdio: ["ignore", log.fd, log.fd],
      });
      await answers(settings);
    },
    async kill() {
      const ending = child;
      child = null;
      if (ending === null || ending.exitCode !== null || ending.pid === undefined) return;
      const ended = once(ending, "exit");
      // First it forks no more.
      signalIfThere(ending.pid, "SIGSTOP");
      const killed = await all(ending.pid);
      for (const each of killed) signalIfThere(each, "SIGKILL");
      await ended;
      // The next start refuses while one of them has the shared memory.
      await poll(async () => killed.every((each) => !existsSync(`/proc/${each}`)));
    },
    async freeze() {
      const pid = child?.pid ?? 0;
      const stopped = await all(pid);
      for (const each of stopped) signalIfThere(each, "SIGSTOP");
      return {
        async [Symbol.asyncDispose]() {
          for (const each of stopped) signalIfThere(each, "SIGCONT");
        },
      };
    },
    async standby() {
      const copy = await makeClusterFolder(process.env, await serverUser());
      const { uid, gid } = await serverUser();
      await mkdir(copy.data, { mode: 0o700 });
      await chown(copy.data, uid, gid);
      const args = [
        "-D",
        copy.data,
        "-R",
        "-X",
        "stream",
        "-c",
        "fast",
        "-h",
        folder.run,
        "-p",
        "5432",
        "-U",
        superuser,
      ];
      const [command = "", ...rest] = [...(await launch()), join(binDir, "pg_basebackup"), ...args];
      await promisify(execFile)(command, rest, { cwd: "/", env: { PATH: "/usr/bin:/bin", LC_ALL: "C" } });
      const standby = serverIn(copy, made);
      standbys.push(standby);
      return standby;
    },
    async [Symbol.asyncDispose]() {
      for (const each of standbys) await each[Symbol.asyncDispose]();
      await stop("SIGQUIT");
      await removeClusterFolder(folder, await serverUser());
    },
  };
}

/** Resolves when a server takes connections, primary or standby. */
export async function answers(settings: ConnectionSettings): Promise<void> {
  await poll(async () => {
    await using session = await connect(settings, { applicationName: "test" });
    return session.major > 0;
  });
}

/** Until a condition holds; what it throws is "not yet". Fails after a minute. */
export async function poll(condition: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 60_000;
  for (;;) {
    if (await condition().catch(() => false)) return;
    if (performance.now() > deadline) throw new Error(`it never came: ${condition.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** A backend may end by itself between two looks. */
function signalIfThere(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (!(error instanceof Error) || !("code" in error) || error.code !== "ESRCH") throw error;
  }
}
