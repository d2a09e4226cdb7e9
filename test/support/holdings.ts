import { readdir, readFile } from "node:fs/promises";

/** What a process has by /proc and its folder. */
export interface Holdings {
  /** Files and sockets that it has open. */
  readonly descriptors: number;
  /** Processes that it has started and that still run. */
  readonly children: number;
  /** What lies in the folder that is its home and place for temporary files. */
  readonly files: readonly string[];
}

export async function holdingsOf(pid: number, home: string): Promise<Holdings> {
  const tasks = await readdir(`/proc/${pid}/task`);
  const children = tasks.map((task) => readFile(`/proc/${pid}/task/${task}/children`, "utf8"));
  return {
    descriptors: (await readdir(`/proc/${pid}/fd`)).length,
    children: (await Promise.all(children)).join(" ").trim().split(/\s+/).filter(Boolean).length,
    files: (await readdir(home)).toSorted(),
  };
}

/**
 * Connections at local ports of a process' network, by proc_pid_net(5): the local address stands in the second field, the state in the
 * fourth, 0A is LISTEN and 06 TIME_WAIT.
 */
export async function socketsAt(pid: number, ports: readonly number[]): Promise<number> {
  const ends = ports.map((port) => `:${port.toString(16).toUpperCase().padStart(4, "0")}`);
  const lines = (await readFile(`/proc/${pid}/net/tcp`, "utf8")).trim().split("\n").slice(1);
  return lines
    .map((line) => line.trim().split(/\s+/))
    .filter(
      ([, local = "", , state = ""]) =>
        state !== "0A" && state !== "06" && ends.some((end) => local.endsWith(end)),
    ).length;
}

/** Memory that a process has to itself, in kB: proc_pid_status(5), RssAnon. */
export async function ownMemoryOf(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  return Number(/^RssAnon:\s+(\d+) kB$/m.exec(status)?.[1]);
}
