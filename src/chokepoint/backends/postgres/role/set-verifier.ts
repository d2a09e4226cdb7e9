import { OpsError } from "../../../../errors.ts";
import type { Session } from "../../../../postgres/connect.ts";
import { serverErrorOf } from "../../../../postgres/explain-error.ts";
import { quoteIdentifier, quoteLiteral } from "../../../../postgres/identifiers.ts";
import { tryInside } from "../give-back-settings.ts";

/** Settings that would put the statement, which holds the verifier, in the server's log; a superuser alone may turn them. */
const silent = [
  "log_statement = 'none'",
  "log_min_duration_statement = -1",
  "log_min_duration_sample = -1",
  "log_transaction_sample_rate = 0",
  "log_min_error_statement = 'panic'",
  "log_duration = off",
  "debug_print_parse = off",
  "debug_print_rewritten = off",
  "debug_print_plan = off",
  "track_activities = off",
];

/** Extensions that log or keep statements, where they are loaded. */
const extensions = [
  ["pgaudit.log", "none"],
  ["pg_stat_statements.track_utility", "off"],
  ["auto_explain.log_min_duration", "-1"],
] as const;

/**
 * Sets a role's password to a verifier as `pg_authid` had it (null: to none), past the server's logs, in the transaction that is open.
 * What an error says of it holds nothing of the statement.
 */
export async function setVerifier(session: Session, role: string, verifier: string | null): Promise<void> {
  for (const setting of silent) await tryInside(session, `set local ${setting}`);
  for (const [name, value] of extensions) {
    const [known] = await session.sql.unsafe<{ known: boolean }[]>(
      "select pg_catalog.current_setting($1, true) is not null as known",
      [name],
    );
    if (known?.known === true) await tryInside(session, `set local ${name} = '${value}'`);
  }
  const statement = `alter role ${quoteIdentifier(role)} password ${verifier === null ? "null" : quoteLiteral(verifier)}`;
  try {
    await session.sql.unsafe(statement);
  } catch (error) {
    const server = serverErrorOf(error);
    const code = server === undefined ? "connection-lost" : "server-error";
    // oxlint-disable-next-line preserve-caught-error -- the error may hold the statement, and with it the verifier
    throw new OpsError(
      code,
      `giving the role ${role} its password back: ${server === undefined ? "the connection was lost" : `SQLSTATE ${server.sqlstate}`}`,
      "try again; the password is kept with the drop until it is undone",
    );
  }
}
