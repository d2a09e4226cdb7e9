import type { Session } from "../../postgres/connect.ts";
import { serverErrorOf } from "../../postgres/explain-error.ts";
import { quoteIdentifier, quoteLiteral } from "../../postgres/identifiers.ts";
import { findTexts, sqlParser } from "../../postgres/parse-sql.ts";
import { startCopyIn } from "./copy-in.ts";
import { restoreError } from "./restore-error.ts";
import type { RestoreError, RestoreErrorClass } from "./restore-error.ts";
import { isDrop, statementKind } from "./statement-kind.ts";

/** What failed, before anybody knows why. */
export interface Failure {
  readonly object: string;
  readonly message: string;
  readonly sqlstate: string | null;
  readonly statement: string | null;
  /** It stands on something that failed before. */
  readonly isDependent: boolean;
  /** Of a COPY: its rows once more. */
  readonly rows?: () => AsyncIterable<Uint8Array>;
  /** How the same entry failed at the first attempt, when this is the second. */
  readonly before?: Failure;
}

/** By SQLSTATE, where one answer is enough (source: errcodes.txt). */
const byState: Readonly<Record<string, RestoreErrorClass>> = {
  "42P06": "duplicate",
  "42P07": "duplicate",
  "42701": "duplicate",
  "42710": "duplicate",
  "42723": "duplicate",
  "42501": "permission",
  "25P02": "dependent",
};

/** A name that was not found, which may be there in a schema that pg_dump's empty search_path leaves out. */
const unresolved = new Set(["42P01", "42883", "42704", "3F000", "42703"]);

/**
 * Says why a statement failed. pg_restore gives no SQLSTATE, so the statement is run once more, in a transaction that is
 * rolled back; a name that was not found is tried with every schema in the search_path.
 */
export async function classify(session: Session, failure: Failure): Promise<RestoreError> {
  const again = failure.sqlstate === null ? await probe(session, failure, []) : null;
  const sqlstate = failure.sqlstate ?? again?.sqlstate ?? null;
  const known = { ...failure, sqlstate };
  const kind = await findClass(session, known);
  if (kind === "duplicate" && failure.before !== undefined) return await classify(session, failure.before);
  return restoreError(kind, known);
}

/** Classifies failures in order; of those that need their rows again only the first few are tried. */
export async function classifyAll(
  session: Session,
  failures: readonly Failure[],
): Promise<readonly RestoreError[]> {
  const errors: RestoreError[] = [];
  let withRows = 0;
  for (const failure of failures) {
    if (failure.rows !== undefined) withRows += 1;
    const { rows: _, ...withoutRows } = failure;
    errors.push(await classify(session, withRows > 3 ? { ...withoutRows, statement: null } : failure));
  }
  return errors;
}

async function findClass(session: Session, failure: Failure): Promise<RestoreErrorClass> {
  const { sqlstate, statement } = failure;
  const plain = sqlstate === null ? undefined : byState[sqlstate];
  if (plain !== undefined) return plain;
  if (statement === null || sqlstate === null) return failure.isDependent ? "dependent" : "other";
  if (sqlstate === "42704" && /^set\s/i.test(statement)) return "unsupported-setting";
  const isUnresolved = unresolved.has(sqlstate);
  if (isUnresolved && isDrop(statement)) return "nothing-to-drop";
  if (isUnresolved && (await lacksRole(session, statement))) return "missing-role";
  const kind = statementKind(statement);
  if (isUnresolved && (kind === "owner" || kind === "acl")) return "dependent";
  if (await lacksLanguage(session, statement)) return "missing-language";
  if (failure.isDependent) return "dependent";
  if (!isUnresolved) return "other";
  if ((await probe(session, failure, [])) === null) return "other";
  const schemas = await session.sql.unsafe<{ name: string }[]>(
    `select nspname as name from pg_catalog.pg_namespace
      where nspname not like 'pg\\_%' and nspname <> 'information_schema' order by nspname <> 'public', nspname limit 1000`,
  );
  const cured = await probe(
    session,
    failure,
    schemas.map(({ name }) => name),
  );
  return cured === null ? "search-path" : "other";
}

async function lacksRole(session: Session, statement: string): Promise<boolean> {
  const parse = await sqlParser();
  const names = [...findTexts(parse(statement) ?? [], "rolename")];
  if (names.length === 0) return false;
  const rows = await session.sql.unsafe(
    `select 1 from pg_catalog.pg_roles where rolname in (${names.map(quoteLiteral).join(", ")})`,
  );
  return rows.length < new Set(names).size;
}

async function lacksLanguage(session: Session, statement: string): Promise<boolean> {
  const match =
    /^create\s+(?:or\s+replace\s+)?(?:function|procedure)\b[^]*?\blanguage\s+("(?:[^"]|"")+"|\w+)/i.exec(
      statement,
    );
  const name = match?.[1]?.replace(/^"|"$/g, "");
  if (name === undefined) return false;
  const rows = await session.sql`select 1 from pg_catalog.pg_language where lanname = ${name}`;
  return rows.length === 0;
}

/** Runs a statement in a transaction that is rolled back; returns its error, or null when it went through or cannot be tried. */
async function probe(
  session: Session,
  { statement, rows }: Failure,
  searchPath: readonly string[],
): Promise<{ readonly sqlstate: string } | null> {
  if (statement === null) return null;
  const { sql } = session;
  await sql.unsafe("begin");
  try {
    await sql.unsafe("set local statement_timeout = '30s'");
    await sql.unsafe(
      `set local search_path = ${searchPath.length === 0 ? "''" : searchPath.map(quoteIdentifier).join(", ")}`,
    );
    await sql.unsafe("set local check_function_bodies = off");
    if (/^copy\b/i.test(statement))
      return rows === undefined ? null : await copyAgain(session, statement, rows());
    await sql.unsafe(statement).forEach(() => undefined);
    return null;
  } catch (error) {
    const server = serverErrorOf(error);
    if (server === undefined) throw error;
    return server;
  } finally {
    await sql.unsafe("rollback").catch(() => undefined);
  }
}

async function copyAgain(
  session: Session,
  statement: string,
  rows: AsyncIterable<Uint8Array>,
): Promise<{ readonly sqlstate: string } | null> {
  const copy = await startCopyIn(session, statement);
  if ("sqlstate" in copy) return copy;
  for await (const chunk of rows) {
    await copy.write(chunk);
    if (copy.hasFailed()) break;
  }
  return await copy.finish();
}
