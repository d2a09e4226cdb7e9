import type { SqlParser } from "../../../../postgres/parse-sql.ts";
import type { LogRecord } from "./log-record.ts";
import { readLogged } from "./read-statement.ts";
import type { LoggedAct } from "./read-statement.ts";

/** A statement that dropped or renamed something, and did not fail as far as the log tells. */
export interface LoggedStatement {
  readonly record: LogRecord;
  readonly acts: readonly LoggedAct[];
  /** SQLSTATE of an error that came later in its transaction, which may have taken it back. */
  readonly laterError: string | null;
}

/**
 * The statements of a log, oldest first, without those that failed. The server logs a statement before it runs it: its error comes later, in
 * the same session and transaction, and names the same text. A message that a function raises looks alike but for its context.
 */
export async function collectStatements(
  records: AsyncIterable<LogRecord>,
  parse: SqlParser,
): Promise<readonly LoggedStatement[]> {
  const found: Collected[] = [];
  const sessions = new Map<string, { last: LogRecord; readonly collected: Collected[] }>();
  for await (const record of records) {
    if (record.user === "" || record.session === "") continue;
    const session = sessions.get(record.session);
    if (isError(record)) {
      for (const each of session?.collected ?? []) if (session) blame(each, session.last, record);
    } else if (isStatement(record)) {
      const acts = readLogged(record.message, record.detail, parse);
      const collected: Collected[] =
        acts.length === 0 ? [] : [{ record, acts, hasFailed: false, laterError: null }];
      found.push(...collected);
      sessions.set(record.session, {
        last: record,
        // What was run in a transaction that is over is not taken back.
        collected: [...inTransaction(session?.collected ?? [], record.transaction), ...collected],
      });
    }
  }
  return found.filter(({ hasFailed }) => !hasFailed);
}

interface Collected extends LoggedStatement {
  hasFailed: boolean;
  laterError: string | null;
}

function inTransaction(collected: readonly Collected[], transaction: string): readonly Collected[] {
  return collected.filter(({ record }) => record.transaction === transaction);
}

/** An error of the statement itself undoes it; one that came later in its transaction may have. */
function blame(each: Collected, last: LogRecord, error: LogRecord): void {
  if (each.record.transaction !== error.transaction) return;
  const isIts =
    last === each.record && (error.statement === "" || each.record.message.endsWith(error.statement));
  if (isIts) each.hasFailed = true;
  else each.laterError ??= error.sqlstate;
}

function isError({ sqlstate }: LogRecord): boolean {
  return !["00", "01", "02"].includes(sqlstate.slice(0, 2));
}

function isStatement({ sqlstate, statement, context }: LogRecord): boolean {
  return sqlstate === "00000" && statement === "" && context === "";
}
