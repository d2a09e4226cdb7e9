import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { role, runClient } from "./scene.ts";
import type { Way } from "./scene.ts";

export interface PgbenchRun {
  readonly tps: number;
  /** Microseconds. */
  readonly p50: number;
  readonly p99: number;
}

/** `pgbench -S` for some seconds through one way, each transaction timed by itself. */
export function runPgbench(
  way: Way,
  options: {
    readonly folder: string;
    readonly clients: number;
    readonly mode: string;
    readonly seconds: number;
  },
): PgbenchRun {
  const { clients, mode, seconds } = options;
  const home = mkdtempSync(join(options.folder, "pgbench-"));
  try {
    const args =
      `-n -S -M ${mode} -T ${seconds} -c ${clients} -j ${clients > 1 ? 2 : 1} -l --sampling-rate ${clients > 1 ? 0.2 : 1}` +
      ` -h 127.0.0.1 -p ${way.port} -U ${role} bench`;
    const said = runClient("pgbench", [`--log-prefix=${join(home, "log")}`, ...args.split(" ")]);
    const times = readdirSync(home)
      .flatMap((file) => readFileSync(join(home, file), "utf8").split("\n"))
      .filter((line) => line !== "")
      .map((line) => Number(line.split(" ")[2]))
      .toSorted((one, other) => one - other);
    const at = (share: number): number => times[Math.floor(times.length * share)] ?? Number.NaN;
    return { tps: Number(/tps = ([\d.]+)/.exec(said)?.[1]), p50: at(0.5), p99: at(0.99) };
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}
