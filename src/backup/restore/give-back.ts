import { connect } from "../../postgres/connect.ts";
import type { Session } from "../../postgres/connect.ts";
import { quoteIdentifier } from "../../postgres/identifiers.ts";
import { shownApplicationName } from "../../postgres/session-parameters.ts";
import type { ConnectionSettings } from "../../postgres/settings.ts";
import { restoreRoleName } from "./made.ts";
import type { Made } from "./made.ts";
import { pinOwnDatabase } from "./pin-database.ts";
import { tryStatement } from "./run-statement.ts";

/** Something that could not be given back. */
export interface LeftBehind {
  /** `role app` */
  readonly what: string;
  /** Removes it. */
  readonly statement: string;
  readonly reason: string;
}

const endTimeoutMs = 5000;

/**
 * Drops the databases, then the roles; returns what could not be dropped, and never throws. Roles that restores on one
 * server share are dropped by the one that made them: give back the newest restore first.
 */
export async function giveBack(settings: ConnectionSettings, made: Made): Promise<readonly LeftBehind[]> {
  let open = whatToDrop(made);
  const left: LeftBehind[] = [];
  try {
    // A connection of its own: the one that restored may be gone.
    await using session = await connect(settings, {
      applicationName: typeof made.session === "string" ? "cleanup" : made.session,
      parameters: { search_path: "" },
    });
    await endSessions(session, made);
    if (made.oids !== null) {
      left.push(...(await dropOwnDatabases(session, made)));
      open = whatToDrop({ databases: new Set(), roles: made.roles });
    }
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

/** Whatever they are called by now, and nothing else that is called so. */
async function dropOwnDatabases(session: Session, made: Made): Promise<readonly LeftBehind[]> {
  if (made.databases.size === 0) return [];
  for (;;) {
    await using pinned = await pinOwnDatabase(session, made);
    if (pinned === null) return [];
    const [drop] = whatToDrop({ databases: new Set([pinned.name]), roles: new Set() });
    const failure = drop === undefined ? null : await tryStatement(session, drop.statement);
    if (drop !== undefined && failure !== null) return [{ ...drop, reason: failure.message }];
  }
}

function whatToDrop({
  databases,
  roles,
}: {
  readonly databases: ReadonlySet<string>;
  readonly roles: ReadonlySet<string>;
}): Omit<LeftBehind, "reason">[] {
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
  // Others of the same drop bear an exact name too.
  const name = typeof made.session === "string" ? shownApplicationName(made.session) : null;
  const rows = await session.sql<{ pid: number }[]>`
    select pid from pg_catalog.pg_stat_activity
     where application_name = ${name} or usename = ${restoreRoleName(made)}::name`;
  for (const { pid } of rows)
    await tryStatement(session, `select pg_catalog.pg_terminate_backend(${pid}, ${endTimeoutMs})`);
}
