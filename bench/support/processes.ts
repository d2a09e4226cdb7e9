import { spawn, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "..", "..");

/** One process from its start to its end. */
export interface Run {
  readonly seconds: number;
  /** The most memory that it held (VmHWM), looked at ten times a second. */
  readonly residentMb: number;
}

export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

/** Each against the one just before it: a machine that slows down for a while slows both. */
export function medianRatio(values: readonly number[], baselines: readonly number[]): number {
  return median(values.map((value, at) => value / (baselines[at] ?? value)));
}

/** Runs a program in a session of its own, as a client is: Linux shares processors out by session, and the server is in this one. */
export async function run(command: string, args: readonly string[], cwd: string): Promise<Run> {
  const started = performance.now();
  const child = spawn(command, args, { cwd, stdio: ["ignore", "ignore", "inherit"], detached: true });
  let residentMb = 0;
  const sampler = setInterval(() => {
    const kilobytes = /VmHWM:\s+(\d+) kB/.exec(readStatus(child.pid))?.[1] ?? 0;
    residentMb = Math.max(residentMb, Number(kilobytes) / 1024);
  }, 100);
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  clearInterval(sampler);
  if (code !== 0) throw new Error(`${command} ended with ${code}`);
  return { seconds: (performance.now() - started) / 1000, residentMb };
}

function readStatus(pid: number | undefined): string {
  try {
    return readFileSync(`/proc/${pid}/status`, "utf8");
  } catch {
    return "";
  }
}

/** Builds the binary of the sources as they are. */
export function build(outfile: string): void {
  const { status, stderr } = spawnSync(process.execPath, ["build.ts", "--outfile", outfile], {
    cwd: root,
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`the build ended with ${status}: ${stderr}`);
}

/** Prints a figure, and remembers whether any missed its target. */
export function report(
  label: string,
  figure: string,
  target?: { readonly isMet: boolean; readonly text: string },
): void {
  const verdict = target === undefined ? "" : `   (target: ${target.text}${target.isMet ? "" : ", MISSED"})`;
  console.log(`${label.padEnd(58)} ${figure}${verdict}`);
  if (target?.isMet === false) process.exitCode = 1;
}

export const atMost = (value: number, limit: number, unit = " x") => ({
  isMet: value <= limit,
  text: `at most ${limit}${unit}`,
});
export const atLeast = (value: number, limit: number, unit = " x") => ({
  isMet: value >= limit,
  text: `at least ${limit}${unit}`,
});
