import * as fs from "node:fs";
import { dirname, join } from "node:path";
import type { FinishedReport } from "../run/contract.ts";
import { writeAtomicFile } from "../run/atomic-file.ts";

/** More than this many, and the oldest go: a state folder must not grow for ever. */
const keptRuns = 1000;

/**
 * Writes a run's document to `STATE/runs/<time>-<command>-<run>.json`, readable by its owner alone: names of tables
 * and servers are in it. Throws `OpsError` or a system error.
 */
export function saveRun(report: FinishedReport, stateDir: string): void {
  const folder = join(stateDir, "runs");
  makeStateDir(stateDir);
  fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
  const time = report.run.started_at.replaceAll(/[-:]/g, "").replace(/\.\d+/, "");
  const name = `${time}-${report.command.replaceAll(" ", "-")}-${report.run.id}.json`;
  writeAtomicFile(join(folder, name), `${JSON.stringify(report.document)}\n`, { mode: 0o600 });
  const runs = fs
    .readdirSync(folder)
    .filter((each) => /^\d{8}T\d{6}Z-.*\.json$/.test(each))
    .toSorted();
  for (const old of runs.slice(0, -keptRuns)) fs.rmSync(join(folder, old), { force: true });
}

/** Passable by others where root makes it: the private ledger's server, which is another user there, lies below. */
function makeStateDir(stateDir: string): void {
  const made = fs.mkdirSync(stateDir, { recursive: true, mode: 0o700 });
  if (made === undefined || fs.statSync(made).uid !== 0) return;
  for (let each = stateDir; each.length >= made.length; each = dirname(each)) fs.chmodSync(each, 0o711);
}
