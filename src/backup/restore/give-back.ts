import { createHash, randomBytes } from "node:crypto";
import { connect } from "../../postgres/connect.ts";
import type { Session } from "../../postgres/connect.ts";
import { quoteIdentifier } from "../../postgres/identifiers.ts";
import { shownApplicationName } from "../../postgres/session-parameters.ts";
import type { ApplicationName } from "../../postgres/session-parameters.ts";
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
  /** What the sessions that make the rest are called. */
  readonly session: ApplicationName;
  /** On a server that others use: OIDs of the databases, which are dropped by nothing else. Null: their names are ours alone. */
  readonly oids: Set<number> | null;
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
  const token = randomBytes(6).toString("hex");
  return { token, databases: new Set(), roles: new Set(), session: `restore ${token}`, oids: null };
}

/** The same on a server that others use: whoever tries again under the same names finds what a killed one has left. */
export function madeInPlace(database: string, name: { readonly exact: string } | undefined): Made {
  const text = JSON.stringify([name?.exact ?? "", database]);
  const token = createHash("sha256").update(text).digest("hex").slice(0, 12);
  return { ...nothingMade(), token, session: name ?? `restore ${token}`, oids: new Set() };
}

export function restoreRoleName(made: Pick<Made, "token">): string {
  return `custody_restore_${made.token}`;
}

/** The name of a role that stands for a powerful one in the same restore. */
export function standInName(made: Made): string {
  const own = made.oids === null ? randomBytes(6).toString("hex") : `${made.token}_${made.roles.size}`;
  return `custody_stand_in_${own}`;
}

/** A pattern of LIKE for the names of all roles of the same restore. */
export function roleNames({ token }: Pick<Made, "token">): string {
  return `custody\\_%\\_${token}%`;
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
    if (made.oids !== null)
      open = whatToDrop({ databases: await ownDatabases(session, made), roles: made.roles });
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

/** By what they are, whatever they are called by now: of that OID, or of the role that nothing but this restore has. */
async function ownDatabases(session: Session, made: Made): Promise<ReadonlySet<string>> {
  if (made.databases.size === 0) return new Set();
  const oids = `{${[...(made.oids ?? [])].join(",")}}`;
  const rows = await session.sql<{ name: string }[]>`
    select datname as name from pg_catalog.pg_database
     where oid = any (${oids}::text::pg_catalog.oid[])
        or datdba = (select oid from pg_catalog.pg_roles where rolname = ${restoreRoleName(made)}::name)`;
  return new Set(rows.map(({ name }) => name));
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
