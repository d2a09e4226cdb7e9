import { OpsError } from "../../../errors.ts";
import { explainServerError } from "../../../postgres/connect.ts";
import type { Session } from "../../../postgres/connect.ts";

/** The server that a session is on, and the role that custody has there. */
export interface ServerFacts {
  readonly systemIdentifier: string;
  readonly major: number;
  /** custody's own role. */
  readonly role: { readonly oid: string; readonly name: string };
  readonly isSuperuser: boolean;
  readonly mayCreateDatabases: boolean;
  readonly mayCreateRoles: boolean;
  readonly mayReplicate: boolean;
  readonly database: string;
  readonly isStandby: boolean;
}

interface Row {
  readonly system_identifier: string | null;
  readonly oid: string;
  readonly name: string;
  readonly super: boolean;
  readonly createdb: boolean;
  readonly createrole: boolean;
  readonly replication: boolean;
  readonly database: string;
  readonly standby: boolean;
}

/** Throws `permission-denied` where the server does not tell which one it is: without that no drop can be told from another's. */
export async function readServerFacts(session: Session): Promise<ServerFacts> {
  const [row] = await session.sql
    .unsafe<Row[]>(
      `select case when pg_catalog.has_function_privilege('pg_catalog.pg_control_system()', 'EXECUTE')
              then (select system_identifier::text from pg_catalog.pg_control_system()) end as system_identifier,
            r.oid::text as oid, r.rolname::text as name, r.rolsuper as super, r.rolcreatedb as createdb, r.rolcreaterole as createrole, r.rolreplication as replication,
            pg_catalog.current_database()::text as database, pg_catalog.pg_is_in_recovery() as standby
       from pg_catalog.pg_roles r where r.rolname = current_user`,
    )
    .catch((error: unknown) =>
      Promise.reject(explainServerError(error, "asking the server which one it is")),
    );
  if (row === undefined || row.system_identifier === null) {
    throw new OpsError(
      "permission-denied",
      "the server does not tell its system identifier",
      "GRANT EXECUTE ON FUNCTION pg_catalog.pg_control_system() to custody's role",
    );
  }
  return {
    systemIdentifier: row.system_identifier,
    major: session.major,
    role: { oid: row.oid, name: row.name },
    isSuperuser: row.super,
    mayCreateDatabases: row.super || row.createdb,
    mayCreateRoles: row.super || row.createrole,
    mayReplicate: row.super || row.replication,
    database: row.database,
    isStandby: row.standby,
  };
}
