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
