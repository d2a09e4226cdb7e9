import { OpsError } from "../errors.ts";
import { installCommand } from "../postgres/choose-installation.ts";
import { tools as knownTools } from "../postgres/installations.ts";
import { throwIfInterrupted } from "../run/interrupt.ts";
import { step } from "../run/step.ts";
import { diagnoseDatabase } from "./diagnose-database.ts";
import { diagnosePrograms, diagnoseScratch } from "./diagnose-machine.ts";
import type { Diagnosis, DoctorEvent, DoctorVerdict } from "./events.ts";
import type { DoctorInput } from "./input.ts";
import type { DatabaseExamination, DoctorPorts } from "./ports.ts";

/** Looks at the machine, then at the database. What of the database cannot be reached is thrown last, when all else is known. */
export async function* runDoctor(
  input: DoctorInput,
  ports: DoctorPorts,
  signal: AbortSignal,
): AsyncGenerator<DoctorEvent, DoctorVerdict> {
  let isWell = true;
  function* diagnosed(diagnosis: Diagnosis): Generator<DoctorEvent> {
    isWell &&= diagnosis.outcome === "passed";
    yield { type: "diagnosed", diagnosis };
  }

  const installations = yield* step("programs", "Find PostgreSQL programs", () => ports.findInstallations(), {
    describe: (found) => (found.length === 0 ? "none" : found.map(({ version }) => version).join(", ")),
  });
  yield { type: "installations-found", installations };
  yield* diagnosed(
    diagnosePrograms(installations, (missing) =>
      installCommand(knownTools.filter((tool) => missing.includes(tool))),
    ),
  );
  throwIfInterrupted(signal);

  const servers = yield* step("servers", "Find servers of this machine", () => ports.findServers(), {
    describe: (found) =>
      found.length === 0 ? "none answers" : found.map(({ address }) => address).join(", "),
  });
  yield { type: "servers-found", servers };
  throwIfInterrupted(signal);

  const database = input.dbUrl === null ? null : yield* examine(input.dbUrl, ports);
  if (database !== null && !(database instanceof OpsError)) {
    yield { type: "database-examined", database };
    for (const note of database.notes) yield { type: "noted", message: note };
    for (const diagnosis of diagnoseDatabase(database)) yield* diagnosed(diagnosis);
  }
  throwIfInterrupted(signal);

  const source = database instanceof OpsError ? null : database;
  const trial = yield* trying("scratch", "Start a throwaway server", () => ports.tryScratch(source));
  if (!(trial instanceof OpsError)) yield { type: "scratch-tried", trial };
  yield* diagnosed(diagnoseScratch(trial, source));

  if (database instanceof OpsError) throw database;
  return isWell ? "well" : "unwell";
}

function examine(
  dbUrl: string,
  ports: DoctorPorts,
): AsyncGenerator<DoctorEvent, DatabaseExamination | OpsError> {
  return trying("database", "Examine the database", () => ports.examineDatabase(dbUrl));
}

/** A step whose expected failure is a result. */
async function* trying<T>(
  key: string,
  title: string,
  work: () => Promise<T>,
): AsyncGenerator<DoctorEvent, T | OpsError> {
  try {
    return yield* step(key, title, work);
  } catch (error) {
    if (error instanceof OpsError) return error;
    throw error;
  }
}
