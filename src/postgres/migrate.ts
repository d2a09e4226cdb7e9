import { OpsError } from "../errors.ts";
import { explainServerError } from "./explain-error.ts";
import { quoteIdentifier } from "./identifiers.ts";
import type { Session } from "./session.ts";

/** One forward step of a schema: plain SQL in which `:schema` stands for the quoted name of the schema it goes to. */
export interface Migration {
  readonly version: number;
  readonly name: string;
  readonly sql: string;
}

export interface MigrationPlan {
  readonly schema: string;
  /** In order, without gaps, from version 1. */
  readonly migrations: readonly Migration[];
  /**
   * The version that stands in the schema, 0 for none. Called inside the transaction that migrates; throws for what it
   * does not know.
   */
  readonly currentVersion: (session: Session) => Promise<number>;
}

export interface MigrationResult {
  readonly from: number;
  readonly to: number;
  readonly applied: readonly string[];
}

/** "custody" as a number: the advisory lock that runners of migrations take. */
const advisoryLock = "27995161429501049";
const lockTimeoutSeconds = 60;
/** PostgreSQL cuts longer names silently. */
const maxNameBytes = 63;

/**
 * Brings a schema to the newest version, all in one transaction; creates the schema when there is none. Two runners at
 * once do it once. Names in a migration resolve in pg_catalog alone. Throws `OpsError`, nothing being changed then.
 */
export async function migrate(session: Session, plan: MigrationPlan): Promise<MigrationResult> {
  const schema = quotedSchema(plan.schema);
  const { sql } = session;
  try {
    await sql.unsafe("begin isolation level read committed");
    try {
      await sql.unsafe(
        `set local search_path = pg_catalog, pg_temp; set local lock_timeout = '${lockTimeoutSeconds}s';
         set local statement_timeout = 0; set local client_min_messages = warning;
         set local check_function_bodies = on; set local standard_conforming_strings = on;
         set local quote_all_identifiers = off`,
      );
      await sql.unsafe(`select pg_catalog.pg_advisory_xact_lock(${advisoryLock})`);
      const result = await apply(session, plan, schema);
      await sql.unsafe("commit");
      return result;
    } catch (error) {
      await sql.unsafe("rollback").catch(() => undefined);
      throw error;
    }
  } catch (error) {
    throw explainServerError(error, `migrating schema ${plan.schema}`);
  }
}

async function apply(session: Session, plan: MigrationPlan, schema: string): Promise<MigrationResult> {
  const { sql } = session;
  const known = plan.migrations.at(-1)?.version ?? 0;
  const exists = await sql`select from pg_catalog.pg_namespace where nspname = ${plan.schema}`;
  if (exists.length === 0) await sql.unsafe(`create schema ${schema}`);
  const from = await plan.currentVersion(session);
  if (from > known) throw tooNew(plan.schema, from, known);
  const due = plan.migrations.filter((each) => each.version > from);
  for (const migration of due) await sql.unsafe(withSchema(migration.sql, schema)).simple();
  return { from, to: Math.max(from, known), applied: due.map((each) => each.name) };
}

/** Puts the quoted name wherever `:schema` stands as a word of its own. */
export function withSchema(sql: string, quoted: string): string {
  return sql.replaceAll(/(?<![:\w]):schema\b/g, () => quoted);
}

/** Throws `bad-usage` for a name that PostgreSQL would change, or that could end a quoted body of the migration. */
export function quotedSchema(name: string): string {
  const bytes = Buffer.byteLength(name, "utf8");
  const isReserved = name.startsWith("pg_") || name === "information_schema";
  if (bytes > 0 && bytes <= maxNameBytes && !isReserved && !/[\0$]/.test(name)) return quoteIdentifier(name);
  throw new OpsError(
    "bad-usage",
    `the chain cannot live in a schema called ${JSON.stringify(name)}`,
    `a name has 1 to ${maxNameBytes} bytes, does not start with pg_, and holds no $`,
  );
}

function tooNew(schema: string, found: number, known: number): OpsError {
  return new OpsError(
    "foreign-schema",
    `schema ${schema} is at version ${found}, this custody knows ${known}`,
    "use the custody that installed it, or a newer one",
  );
}
