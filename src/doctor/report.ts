import { exitCodes } from "../errors.ts";
import type { ExitCode } from "../errors.ts";
import { conclude } from "../run/conclude.ts";
import type { Check, Outcome, Report } from "../run/contract.ts";
import type { Diagnosis, DoctorVerdict } from "./events.ts";
import type { DoctorState } from "./state.ts";
import { summarise } from "./summary.ts";

const verdictExitCodes: Readonly<Record<DoctorVerdict, ExitCode>> = {
  well: exitCodes.good,
  unwell: exitCodes.bad,
  "not-run": exitCodes.couldNotRun,
};

/** The final report. What was found out about the machine stands in it also when the database could not be reached. */
export function reportDoctor(state: DoctorState, outcome: Outcome<DoctorVerdict>): Report {
  const { verdict, head, document } = conclude("doctor", outcome, verdictExitCodes, "not-run");
  return {
    ...head,
    document: document(doctorDocument(state)),
    checks: state.diagnoses.map(toCheck),
    metrics: [],
    summary: summarise(state, verdict),
  };
}

function doctorDocument(state: DoctorState): Readonly<Record<string, unknown>> {
  return {
    installations: state.installations.map((found) => ({
      bin_dir: found.binDir,
      version: found.version,
      major: found.major,
      origin: found.origin,
      tools: found.tools,
    })),
    servers: state.servers.map((server) => ({
      address: server.address,
      port: server.port,
      offers_tls: server.offersTls,
    })),
    database: databaseDocument(state),
    scratch: state.scratch && {
      server_version: state.scratch.version,
      tools: state.scratch.tools,
      user: state.scratch.user,
      isolated: state.scratch.isIsolated,
      start_seconds: state.scratch.startMs / 1000,
      folder: state.scratch.folder,
      free_bytes: state.scratch.freeBytes,
    },
    checks: state.diagnoses.map((each) => ({
      name: each.name,
      ok: each.outcome === "passed",
      expected: each.expected,
      actual: each.actual,
      remedy: each.remedy === "" ? null : each.remedy,
    })),
    missing: state.diagnoses
      .filter(({ remedy }) => remedy !== "")
      .map(({ name, actual, remedy }) => ({ what: `${name}: ${actual}`, remedy })),
  };
}

function databaseDocument({ database }: DoctorState): Readonly<Record<string, unknown>> | null {
  return (
    database && {
      address: database.address,
      server_version: database.serverVersion,
      major: database.major,
      encoding: database.encoding,
      size_bytes: database.sizeBytes,
      standby: database.isStandby,
      encrypted: database.isEncrypted,
      role: database.role,
      privileges: {
        superuser: database.isSuperuser,
        reads_all_data: database.readsAllData,
        replication: database.canReplicate,
        create_databases: database.canCreateDatabases,
      },
      tables: database.tables,
      unreadable: database.unreadable,
      unreadable_large_objects: database.unreadableObjects,
      hidden_rows: database.hidden,
      prepared_transactions: database.preparedTransactions.map((each) => ({
        name: each.name,
        owner: each.owner,
        database: each.database,
        age_seconds: Math.round(each.ageSeconds),
        blocks_chain: each.blocksChain,
      })),
    }
  );
}

function toCheck({ remedy, ...check }: Diagnosis): Check {
  return remedy === "" ? check : { ...check, detail: remedy };
}
