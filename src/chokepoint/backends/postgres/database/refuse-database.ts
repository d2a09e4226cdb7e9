import { explainServerError } from "../../../../postgres/connect.ts";
import type { Session } from "../../../../postgres/connect.ts";
import type { ServerRefusal } from "../../../backend.ts";
import { refusal } from "../refusal.ts";
import type { ServerFacts } from "../server-facts.ts";

export interface DatabaseLooks {
  readonly refusals: readonly ServerRefusal[];
  /** Sessions of others in it. */
  readonly sessions: number;
  /** Null where custody's role may not know. */
  readonly sizeBytes: number | null;
  readonly notes: readonly string[];
}

interface Row {
  readonly name: string;
  readonly is_owned: boolean;
  readonly is_template: boolean;
  readonly is_current: boolean;
  readonly is_invalid: boolean;
  readonly size: string | null;
  readonly sessions: number;
  readonly unendable: string | null;
  readonly prepared: number;
  readonly active_slots: number;
  readonly subscriptions: number;
  readonly idle_slots: number;
}

/**
 * What `DROP DATABASE` would be refused with, in the server's order and words (source: `dropdb` and `TerminateOtherDBBackends`),
 * then what the fence needs beyond it. `isDestroyed`: nothing is kept, so that even an invalid database may go.
 */
export async function refuseDatabase(
  session: Session,
  server: ServerFacts,
  oid: string,
  options: { readonly force: boolean; readonly isDestroyed: boolean },
): Promise<DatabaseLooks> {
  const [row] = await session.sql
    .unsafe<Row[]>(query, [oid])
    .catch((error: unknown) => Promise.reject(explainServerError(error, "looking at the database")));
  if (row === undefined) return { refusals: [], sessions: 0, sizeBytes: 0, notes: [] };
  return {
    refusals: [...refusals(row, server, options)],
    sessions: row.sessions,
    sizeBytes: row.size === null ? null : Number(row.size),
    notes: [
      ...(row.size === null ? ["the size of the database may not be known to custody's role"] : []),
      ...(row.idle_slots === 0
        ? []
        : [
            `${count(row.idle_slots, "replication slot")} that nobody reads will go, and start anew with an undo`,
          ]),
    ],
  };
}

function* refusals(
  row: Row,
  server: ServerFacts,
  options: { readonly force: boolean; readonly isDestroyed: boolean },
): Generator<ServerRefusal> {
  if (server.isStandby)
    yield refusal("25006", "cannot execute DROP DATABASE in a read-only transaction", { isPassing: true });
  if (!row.is_owned) yield refusal("42501", `must be owner of database ${row.name}`);
  if (row.is_template) yield refusal("42809", "cannot drop a template database");
  if (row.is_current) yield refusal("55006", "cannot drop the currently open database");
  if (row.active_slots > 0)
    yield refusal("55006", `database "${row.name}" is used by an active logical replication slot`, {
      hint: count(row.active_slots, "active slot"),
      isPassing: true,
    });
  if (row.subscriptions > 0)
    yield refusal("55006", `database "${row.name}" is being used by logical replication subscription`, {
      hint: count(row.subscriptions, "subscription"),
    });
  if (options.force) yield* forced(row, server);
  else if (row.sessions > 0 || row.prepared > 0)
    yield refusal("55006", `database "${row.name}" is being accessed by other users`, {
      hint: [
        ...(row.sessions > 0 ? [count(row.sessions, "other session")] : []),
        ...(row.prepared > 0 ? [count(row.prepared, "prepared transaction")] : []),
      ].join(" and "),
      isPassing: true,
    });
  if (row.is_invalid && !options.isDestroyed)
    yield refusal("55000", `cannot alter invalid database "${row.name}"`, {
      hint: "a DROP DATABASE was cut off half-way: nothing but another can be done to it",
    });
  if (!row.is_invalid && row.is_owned && !server.mayCreateDatabases)
    yield refusal("42501", "permission denied to rename database", {
      hint: `the fence renames: ALTER ROLE ${server.role.name} CREATEDB`,
    });
  if (!options.isDestroyed) yield* slots(row, server);
}

/** Dropping the database would drop its slots; the fence drops them one by one, which is another right. */
function* slots(row: Row, server: ServerFacts): Generator<ServerRefusal> {
  if (row.idle_slots === 0 || server.mayReplicate) return;
  const words =
    server.major >= 16
      ? "permission denied to use replication slots"
      : "must be superuser or replication role to use replication slots";
  yield refusal("42501", words, { hint: `ALTER ROLE ${server.role.name} REPLICATION` });
}

function* forced(row: Row, server: ServerFacts): Generator<ServerRefusal> {
  if (row.prepared > 0)
    yield refusal("55006", `database "${row.name}" is being used by prepared transactions`, {
      hint: count(row.prepared, "prepared transaction"),
      isPassing: true,
    });
  if (row.unendable === null) return;
  const old =
    row.unendable === "superuser"
      ? "must be a superuser to terminate superuser process"
      : "must be a member of the role whose process is being terminated or member of pg_signal_backend";
  yield refusal("42501", server.major >= 16 ? "permission denied to terminate process" : old, {
    isPassing: true,
  });
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}

/** Workers of the server's own have no user, and end when they are asked to. */
const others = `pg_catalog.pg_stat_activity a where a.datid = d.oid and a.pid <> pg_catalog.pg_backend_pid() and a.usesysid is not null`;

const query = `
select d.datname::text as name, pg_catalog.pg_has_role(current_user, d.datdba, 'USAGE') as is_owned,
  d.datistemplate as is_template, d.datname = pg_catalog.current_database() as is_current, d.datconnlimit = -2 as is_invalid,
  case when d.datconnlimit = -2 then 0
    when pg_catalog.has_database_privilege(d.oid, 'CONNECT') or pg_catalog.pg_has_role(current_user, 'pg_read_all_stats', 'USAGE')
    then pg_catalog.pg_database_size(d.oid) end::text as size,
  (select pg_catalog.count(*)::int from ${others}) as sessions,
  (select case when pg_catalog.bool_or(r.rolsuper) then 'superuser' else 'other' end from ${others.replace("pg_stat_activity a", "pg_stat_activity a join pg_catalog.pg_roles r on r.oid = a.usesysid")}
    and not pg_catalog.pg_has_role(current_user, a.usesysid, 'USAGE')
    and (r.rolsuper or not pg_catalog.pg_has_role(current_user, 'pg_signal_backend', 'USAGE')) having pg_catalog.count(*) > 0) as unendable,
  (select pg_catalog.count(*)::int from pg_catalog.pg_prepared_xacts x where x.database = d.datname) as prepared,
  (select pg_catalog.count(*)::int from pg_catalog.pg_replication_slots s where s.datoid = d.oid and s.active) as active_slots,
  (select pg_catalog.count(*)::int from pg_catalog.pg_replication_slots s where s.datoid = d.oid and not s.active) as idle_slots,
  (select pg_catalog.count(*)::int from pg_catalog.pg_subscription s where s.subdbid = d.oid) as subscriptions
from pg_catalog.pg_database d where d.oid = $1::pg_catalog.oid`;
