import { randomBytes } from "node:crypto";
import { connect } from "../../postgres/connect.ts";
import type { Session } from "../../postgres/connect.ts";
import { quoteIdentifier } from "../../postgres/identifiers.ts";
import type { ConnectionSettings } from "../../postgres/settings.ts";
import { tryStatement } from "./run-statement.ts";

/**
 * What one restore (or a workload) makes on its server. Each thing is noted before it is made, and taken out when the server refused it:
 * a run that is cut short in between gives it back all the same.
 */
export interface Made {
  /** Occurs in the names of the restoring role and of the sessions that make the rest. */
  readonly token: string;
  readonly databases: Set<string>;
  readonly roles: Set<string>;
}

/** Something that could not be given back. */
export interface LeftBehind {
  /** `role app` */
  readonly what: string;
  /** Removes it. */
  readonly statement: string;
  readonly reason: string;
}

export function nothingMade(): Made {
  return { token: randomBytes(6).toString("hex"), databases: new Set(), roles: new Set() };
}

/** The application name of the sessions that make what is noted, as `connect` is given it. */
export function sessionName(made: Pick<Made, "token">): string {
  return `restore ${made.token}`;
}

export function restoreRoleName(made: Pick<Made, "token">): string {
  return `custody_restore_${made.token}`;
}

const endTimeoutMs = 5000;

/**
 * Drops the databases, then the roles; returns what could not be dropped, and never throws. Roles that restores on one
 * server share are dropped by the one that made them: give back the newest restore first.
 */
export async function giveBack(settings: ConnectionSettings, made: Made): Promise<readonly LeftBehind[]> {
  const open = whatToDrop(made);
  const left: LeftBehind[] = [];
  try {
    // A connection of its own: the one that restored may be gone.
    await using session = await connect(settings, {
      applicationName: "cleanup",
      parameters: { search_path: "" },
    });
    await endSessions(session, made);
    for (let next = open[0]; next !== undefined; next = open[0]) {
      const failure = await tryStatement(session, next.statement);
      if (failure !== null) left.push({ ...next, reason: failure.message });
      open.shift();
    }
    return left;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return [...left, ...open.map((each) => ({ ...each, reason }))];
  }
}

function whatToDrop({ databases, roles }: Made): Omit<LeftBehind, "reason">[] {
  return [
    ...[...databases].map(quoteIdentifier).map((name) => ({
      what: `database ${name}`,
      statement: `drop database if exists ${name} with (force)`,
    })),
    ...[...roles].map(quoteIdentifier).map((name) => ({
      what: `role ${name}`,
      statement: `drop role if exists ${name}`,
    })),
  ];
}

/** What a session of an interrupted run still does on the server would make things after they were dropped. */
async function endSessions(session: Session, made: Made): Promise<void> {
  const rows = await session.sql<{ pid: number }[]>`
    select pid from pg_catalog.pg_stat_activity
     where application_name = ${`custody ${sessionName(made)}`} or usename = ${restoreRoleName(made)}::name`;
  for (const { pid } of rows)
    await tryStatement(session, `select pg_catalog.pg_terminate_backend(${pid}, ${endTimeoutMs})`);
}
