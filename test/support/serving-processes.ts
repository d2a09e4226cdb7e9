import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { openPsql } from "./psql-session.ts";
import type { PsqlSession } from "./psql-session.ts";

/** The processes that a custody has started to serve its listeners with it, by their ids. */
export function servingOf(parent: number): readonly number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      const [stat, command] = [read(`/proc/${name}/stat`), read(`/proc/${name}/cmdline`)];
      const above = Number(stat.replace(/^.*\) /s, "").split(" ")[1]);
      return above === parent && command.split("\0").includes("serve-listeners");
    })
    .map(Number);
}

/** Waits for the condition, of what nobody tells. */
export async function until(holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const deadline = performance.now() + 30_000;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`not within 30 seconds: ${what}`);
    await delay(20);
  }
}

/** A session of psql, and the process that it goes through. */
export interface PlacedSession {
  readonly psql: PsqlSession;
  readonly pid: number;
}

/** Comes in again and again until each of the processes has a session; all of them stay. */
export async function comeToEach(
  pids: readonly number[],
  env: Readonly<Record<string, string>>,
): Promise<readonly PlacedSession[] & AsyncDisposable> {
  const sessions: PlacedSession[] = [];
  while (!pids.every((pid) => sessions.some((each) => each.pid === pid))) {
    if (sessions.length === 100) throw new Error(`100 sessions did not come to all of ${pids.join(", ")}`);
    const psql = openPsql(env);
    psql.send("select 'from ' || inet_client_port();");
    const [, port] = await psql.said(/^from (\d+)\n/m);
    const pid = pids.find((each) => hasLocalPort(each, Number(port)));
    if (pid === undefined) throw new Error(`none of ${pids.join(", ")} has port ${port}`);
    sessions.push({ psql, pid });
  }
  return Object.assign(sessions, {
    async [Symbol.asyncDispose]() {
      await Promise.all(sessions.map(({ psql }) => psql[Symbol.asyncDispose]()));
    },
  });
}

function hasLocalPort(pid: number, port: number): boolean {
  const inodes = ["tcp", "tcp6"].flatMap((table) =>
    read(`/proc/${pid}/net/${table}`)
      .split("\n")
      .slice(1)
      .map((line) => line.trim().split(/\s+/))
      .filter(([, local]) => Number.parseInt(local?.split(":")[1] ?? "", 16) === port)
      .map((fields) => fields[9]),
  );
  return readdirSync(`/proc/${pid}/fd`).some((fd) => {
    const link = tryRead(() => readlinkSync(`/proc/${pid}/fd/${fd}`));
    return inodes.some((inode) => link === `socket:[${inode}]`);
  });
}

/** Empty: the process has ended. */
function read(path: string): string {
  return tryRead(() => readFileSync(path, "utf8"));
}

function tryRead(work: () => string): string {
  try {
    return work();
  } catch {
    return "";
  }
}
