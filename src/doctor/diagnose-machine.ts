import type { OpsError } from "../errors.ts";
import type { Diagnosis } from "./events.ts";
import type { FoundInstallation, ScratchTrial } from "./ports.ts";

/** The programs that a proof needs, wherever they are. */
const needed = ["pg_dump", "pg_restore", "psql", "initdb", "postgres"];

/** Whether each program is here at all; which of them fit together, the trial says. */
export function diagnosePrograms(
  installations: readonly FoundInstallation[],
  installCommand: (missing: readonly string[]) => string,
): Diagnosis {
  const missing = needed.filter((tool) => !installations.some(({ tools }) => tools.includes(tool)));
  const isWell = missing.length === 0;
  return {
    group: "doctor.machine",
    name: "PostgreSQL programs",
    outcome: isWell ? "passed" : "failed",
    expected: needed.join(", "),
    actual: isWell ? "all found" : `missing: ${missing.join(", ")}`,
    remedy: isWell ? "" : installCommand(missing),
  };
}

/** Whether `smoke` could restore here: a throwaway server was started and stopped, or why not. */
export function diagnoseScratch(
  trial: ScratchTrial | OpsError,
  source: { readonly sizeBytes: number } | null,
): Diagnosis {
  const common = { group: "doctor.machine", name: "smoke can run here" };
  const expected = "a throwaway server starts, and has room";
  if (trial instanceof Error) {
    return { ...common, outcome: "failed", expected, actual: trial.message, remedy: trial.hint };
  }
  const actual = `PostgreSQL ${trial.version} as ${trial.user}, ${gigabytes(trial.freeBytes)} free in ${trial.folder}`;
  if (trial.freeBytes < (source?.sizeBytes ?? 0)) {
    const remedy = `set TMPDIR to a folder on a disk with at least ${gigabytes(source?.sizeBytes ?? 0)} free`;
    return { ...common, outcome: "failed", expected, actual, remedy };
  }
  return { ...common, outcome: "passed", expected, actual, remedy: "" };
}

export function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(bytes < 1e10 ? 1 : 0)} GB`;
}
