import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * What starting the binary costs: `dist/custody --version` against an empty program compiled with the same Bun, run in
 * turns so that both meet the same machine. Target: at most 1.3 times, in wall time.
 */

const rounds = 100;
const target = 1.3;
const root = join(import.meta.dirname, "..");
const folder = mkdtempSync(join(tmpdir(), "custody-bench-"));

function run(command: string, args: readonly string[], cwd = root): void {
  const { status, stderr } = spawnSync(command, args, { cwd, encoding: "utf8" });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")} ended with ${status}: ${stderr}`);
}

/** Milliseconds of one run. */
function time(command: string, args: readonly string[]): number {
  const started = performance.now();
  const { status } = spawnSync(command, args, { cwd: folder, stdio: "ignore" });
  if (status !== 0) throw new Error(`${command} ended with ${status}`);
  return performance.now() - started;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

try {
  const custody = join(folder, "custody");
  const empty = join(folder, "empty");
  writeFileSync(join(folder, "empty.ts"), "export {};\n");
  run(process.execPath, ["build.ts", "--outfile", custody]);
  run(process.execPath, ["build", "--compile", join(folder, "empty.ts"), "--outfile", empty]);
  const times = { empty: [] as number[], version: [] as number[], help: [] as number[] };
  for (let round = 0; round < rounds; round += 1) {
    times.empty.push(time(empty, []));
    times.version.push(time(custody, ["--version"]));
    if (round % 10 === 0) times.help.push(time(custody, ["--help"]));
  }
  const [base, version, help] = [median(times.empty), median(times.version), median(times.help)];
  console.log(`empty program        ${base.toFixed(2)} ms`);
  console.log(
    `custody --version    ${version.toFixed(2)} ms   ${(version / base).toFixed(2)} x   (target: at most ${target} x)`,
  );
  console.log(`custody --help       ${help.toFixed(2)} ms   ${(help / base).toFixed(2)} x`);
  process.exitCode = version / base <= target ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
