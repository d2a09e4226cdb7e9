import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { open, readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { InterruptedError, OpsError } from "../errors.ts";
import type { ClusterFolder } from "./cluster-folder.ts";
import type { Installation } from "./installations.ts";
import type { Launcher } from "./launcher.ts";
import { signalProcess } from "./process-group.ts";

/** A running server process. */
export interface Postmaster {
  readonly pid: number;
  /** Immediate shutdown, awaited; after 5 s without an end, SIGKILL for the whole group. Safe to call twice. */
  stop(): Promise<void>;
  /** Lets our process end before the server does. */
  release(): void;
}

const readyTimeoutMs = 60_000;
const pollMs = 3;

/** Starts `postgres` itself and waits until it accepts connections; no pg_ctl, whose polling costs 0.1 s. Throws `scratch-failed`. */
export async function startPostmaster(
  folder: ClusterFolder,
  installation: Installation,
  launcher: Launcher,
  parameters: Readonly<Record<string, string>>,
  signal: AbortSignal | undefined,
): Promise<Postmaster> {
  const child = await spawnServer(folder, installation, launcher, parameters);
  const exited = once(child, "exit").catch(() => undefined);
  const { pid } = child;
  if (pid === undefined) throw await failed(folder, installation);
  let isOver = false;
  child.once("exit", () => {
    isOver = true;
  });
  const stop = async (): Promise<void> => {
    if (isOver) return;
    signalProcess(pid, "SIGQUIT");
    const timer = setTimeout(() => signalProcess(-pid, "SIGKILL"), 5000);
    await exited;
    clearTimeout(timer);
  };
  const deadline = performance.now() + readyTimeoutMs;
  while (!(await isReady(folder))) {
    if (isOver) throw await failed(folder, installation);
    if (signal?.aborted || performance.now() > deadline) {
      await stop();
      throw signal?.aborted ? new InterruptedError() : await failed(folder, installation);
    }
    await delay(pollMs);
  }
  return { pid, stop, release: () => child.unref() };
}

/** Starts `postgres` itself, its messages going to the folder's log. It may have ended by the time that this returns. */
export async function spawnServer(
  folder: Pick<ClusterFolder, "data" | "log">,
  installation: Installation,
  launcher: Launcher,
  parameters: Readonly<Record<string, string>>,
): Promise<ChildProcess> {
  await using log = await open(folder.log, "a", 0o600);
  const settings = Object.entries(parameters).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  const [command = "", ...args] = [
    ...launcher.prefix,
    join(installation.binDir, "postgres"),
    "-D",
    folder.data,
    ...settings,
  ];
  return spawn(command, args, {
    cwd: folder.data,
    env: { PATH: "/usr/bin:/bin:/usr/sbin:/sbin", LC_ALL: "C", TZ: "UTC" },
    // A group of its own: Ctrl-C in a terminal is for us alone, and we end the server ourselves.
    detached: true,
    stdio: ["ignore", log.fd, log.fd],
    ...(launcher.uid === undefined ? {} : { uid: launcher.uid, gid: launcher.gid }),
  });
}

/** The eighth line of postmaster.pid says what the server is doing (src/include/utils/pidfile.h). */
async function isReady(folder: ClusterFolder): Promise<boolean> {
  const text = await readFile(join(folder.data, "postmaster.pid"), "utf8").catch(() => "");
  return text.split("\n")[7]?.trim() === "ready";
}

async function failed(folder: ClusterFolder, installation: Installation): Promise<OpsError> {
  const reason = lastReason(await readFile(folder.log, "utf8").catch(() => ""));
  return new OpsError(
    "scratch-failed",
    `the throwaway PostgreSQL ${installation.version} did not start: ${reason}`,
    "check that the disk has room and that memory is free",
  );
}

/** What a server's own log says last of why it ended. */
export function lastReason(log: string): string {
  const lines = log.trim().split("\n");
  const reason = lines.findLast((line) => /FATAL|PANIC|ERROR|error/.test(line)) ?? lines.at(-1);
  return reason?.trim() || "no reason given";
}
