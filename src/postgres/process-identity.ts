import { readFile, readlink } from "node:fs/promises";

/** Which process it is, beyond its number, which the system gives to others later. */
export interface ProcessIdentity {
  readonly pid: number;
  /** When it started, in the system's own unit since boot. */
  readonly startTime: string;
  readonly bootId: string;
  /** Numbers of another namespace (a container that shares the folder) say nothing here. */
  readonly pidNamespace: string;
}

/** Nothing when there is no such process, or no /proc to ask. */
export async function identifyProcess(pid: number): Promise<ProcessIdentity | undefined> {
  try {
    const [stat, bootId, pidNamespace] = await Promise.all([
      readFile(`/proc/${pid}/stat`, "utf8"),
      readFile("/proc/sys/kernel/random/boot_id", "utf8"),
      readlink("/proc/self/ns/pid"),
    ]);
    const [state, ...fields] = fieldsOf(stat);
    // A zombie has ended; its parent has not asked yet.
    if (state === "Z" || state === "X") return undefined;
    return { pid, startTime: fields[startTimeIndex] ?? "", bootId: bootId.trim(), pidNamespace };
  } catch {
    // /proc/PID vanishes with the process.
    return undefined;
  }
}

/** Where field 22 of proc(5)'s stat is, counted from field 4. */
const startTimeIndex = 18;

/** From field 3 on; the command in field 2 may hold blanks and brackets. */
function fieldsOf(stat: string): readonly string[] {
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
}
