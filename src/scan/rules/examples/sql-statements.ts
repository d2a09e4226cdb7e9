import type { DestructionKind } from "../../../destruction/kinds.ts";

/** A statement around a name that a program puts in. */
export interface StatementExample {
  /** The verb of the function that does it: `drop tenant`. */
  readonly does: string;
  readonly before: string;
  readonly after: string;
  /** A statement that has most of its words and destroys nothing. */
  readonly harmless: { readonly before: string; readonly after: string };
}

type SqlKind = Exclude<
  DestructionKind,
  "acl-user" | "flush" | "keys" | "mongo-database" | "mongo-user" | "collection" | "stream" | "server"
>;

const of = (does: string, statement: string, harmless: string): StatementExample => ({
  does,
  ...around(statement),
  harmless: around(harmless),
});

function around(statement: string): { readonly before: string; readonly after: string } {
  const [before = "", after = ""] = statement.split("{}");
  return { before, after };
}

/** One for each kind that SQL has; `{}` is where the name goes. */
export const statementExamples: Readonly<Record<SqlKind, StatementExample>> = {
  database: of("drop tenant", "DROP DATABASE {}", "CREATE DATABASE {}"),
  role: of("drop login", "DROP ROLE IF EXISTS {}", "DROP USER MAPPING IF EXISTS FOR {} SERVER archive"),
  owned: of("drop owned", "DROP OWNED BY {} CASCADE", "REASSIGN OWNED BY {} TO archive"),
  schema: of("drop schema", "DROP SCHEMA {} CASCADE", "CREATE SCHEMA IF NOT EXISTS {}"),
  catalog: of(
    "forget role",
    "DELETE FROM pg_catalog.pg_authid WHERE rolname = '{}'",
    "SELECT oid FROM pg_catalog.pg_authid WHERE rolname = '{}'",
  ),
  tablespace: of("drop space", "DROP TABLESPACE {}", "ALTER TABLESPACE {} SET (random_page_cost = 1.1)"),
  subscription: of("drop subscription", "DROP SUBSCRIPTION {}", "ALTER SUBSCRIPTION {} REFRESH PUBLICATION"),
  slot: of(
    "drop slot",
    "SELECT pg_drop_replication_slot('{}')",
    "SELECT active FROM pg_replication_slots WHERE slot_name = '{}'",
  ),
  extension: of("drop extension", "DROP EXTENSION {} CASCADE", "CREATE EXTENSION IF NOT EXISTS {}"),
  table: of("drop table", "DROP TABLE {}", "ANALYZE {}"),
  column: of("drop notes", "ALTER TABLE {} DROP COLUMN notes", "ALTER TABLE {} ADD COLUMN notes text"),
  type: of("drop type", "DROP TYPE {} CASCADE", "ALTER TYPE {} ADD VALUE 'later'"),
  truncate: of("empty table", "TRUNCATE TABLE {}", "VACUUM {}"),
  "unbounded-delete": of("delete rows", "DELETE FROM {}", "DELETE FROM {} WHERE tenant_id = 7"),
  functional: of("lock out", "ALTER ROLE {} NOLOGIN", "ALTER ROLE {} LOGIN"),
  disarming: of(
    "disarm",
    "ALTER ROLE {} SET session_replication_role = replica",
    "ALTER ROLE {} SET statement_timeout = '5s'",
  ),
  opaque: of("unpack", "COPY {} FROM PROGRAM 'unpack /srv/archive'", "COPY {} FROM STDIN"),
};
