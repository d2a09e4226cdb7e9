import type { SummaryLine } from "../run/contract.ts";
import { gigabytes } from "./diagnose-machine.ts";
import type { DoctorVerdict } from "./events.ts";
import type { DatabaseExamination, FoundInstallation } from "./ports.ts";
import type { DoctorState } from "./state.ts";

const clients = ["pg_dump", "pg_restore", "psql"];
const serverPrograms = ["initdb", "postgres"];

/** What people read: what is here, the database, each check with its remedy, one last line. */
export function summarise(state: DoctorState, verdict: DoctorVerdict): readonly SummaryLine[] {
  return [
    ...state.installations.map(installationLine),
    ...state.servers.map(({ address }): SummaryLine => ({ tone: "dim", text: `server     ${address}` })),
    ...(state.database === null ? [] : databaseLines(state.database)),
    ...state.diagnoses.flatMap(({ outcome, name, actual, remedy }): readonly SummaryLine[] => [
      {
        tone: outcome === "passed" ? "good" : "bad",
        text: `${outcome === "passed" ? "ok        " : "NOT WELL  "} ${name}: ${actual}`,
      },
      ...(remedy === "" ? [] : [{ tone: "warn" as const, text: `           → ${remedy}` }]),
    ]),
    lastLine(state, verdict),
  ];
}

function installationLine({ version, binDir, tools }: FoundInstallation): SummaryLine {
  const isClient = clients.every((tool) => tools.includes(tool));
  const isServer = serverPrograms.every((tool) => tools.includes(tool));
  const has =
    isClient && isServer ? "client and server" : isClient ? "client" : isServer ? "server" : tools.join(", ");
  return { tone: "dim", text: `PostgreSQL ${version.padEnd(6)} ${has.padEnd(18)} ${binDir}` };
}

function databaseLines(database: DatabaseExamination): readonly SummaryLine[] {
  const { isSuperuser, readsAllData, canReplicate, canCreateDatabases } = database;
  const may = [
    ...(isSuperuser ? ["superuser"] : []),
    ...(readsAllData ? ["reads all data"] : []),
    ...(canReplicate ? ["replication"] : []),
    ...(canCreateDatabases ? ["creates databases"] : []),
  ];
  const kind = `${database.isStandby ? "standby" : "primary"}, ${database.isEncrypted ? "encrypted" : "not encrypted"}`;
  return [
    {
      tone: "plain",
      text: `database   ${database.address}: PostgreSQL ${database.serverVersion}, ${database.encoding}, ${kind}, ${gigabytes(database.sizeBytes)}`,
    },
    {
      tone: "plain",
      text: `role       ${database.role}: ${may.length === 0 ? "no special privilege" : may.join(", ")}`,
    },
  ];
}

function lastLine(state: DoctorState, verdict: DoctorVerdict): SummaryLine {
  const failed = state.diagnoses.filter(({ outcome }) => outcome === "failed").length;
  switch (verdict) {
    case "well":
      return { tone: "good", text: `WELL checks=${state.diagnoses.length}` };
    case "unwell":
      return { tone: "bad", text: `NOT WELL failed=${failed} checks=${state.diagnoses.length}` };
    case "not-run":
      return { tone: "bad", text: "NOT EXAMINED: see the error" };
  }
}
