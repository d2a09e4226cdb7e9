import { serverErrorOf } from "../../../../postgres/explain-error.ts";
import { quoteIdentifier } from "../../../../postgres/identifiers.ts";
import type { Session } from "../../../../postgres/session.ts";
import { csvLog } from "./csv-log.ts";
import { jsonLog } from "./json-log.ts";
import type { LogFormat } from "./log-record.ts";

/** The server's log, where it tells who dropped what, and may be read by SQL. */
export interface ServerLog {
  readonly format: LogFormat;
  readonly directory: string;
}

interface Row {
  readonly collector: string;
  readonly destination: string;
  readonly statements: string;
  readonly messages: string;
  readonly directory: string | null;
  readonly role: string;
  readonly lists: boolean;
  readonly reads: boolean;
}

const asked = `select pg_catalog.current_setting('logging_collector') as collector, pg_catalog.current_setting('log_destination') as destination,
  pg_catalog.current_setting('log_statement') as statements, pg_catalog.current_setting('log_min_messages') as messages, current_user::text as role,
  (select s.setting from pg_catalog.pg_settings s where s.name = 'log_directory') as directory,
  pg_catalog.has_function_privilege('pg_catalog.pg_ls_logdir()', 'EXECUTE') as lists,
  pg_catalog.has_function_privilege('pg_catalog.pg_read_binary_file(text, bigint, bigint)', 'EXECUTE') as reads`;

/** The log of the session's server, or why it is no witness, with what would make it one. Never throws for what the server refuses. */
export async function findLog(session: Session): Promise<ServerLog | { readonly blind: string }> {
  let row: Row | undefined;
  try {
    [row] = await session.sql.unsafe<(Row & Record<string, unknown>)[]>(asked);
  } catch (error) {
    const failure = serverErrorOf(error);
    if (failure === undefined) throw error;
    return { blind: `the server's log was not read: ${failure.message}` };
  }
  if (row === undefined) return { blind: "the server's log was not read: it does not tell of its settings" };
  const destinations = row.destination.split(",").map((each) => each.trim().toLowerCase());
  const format = chooseFormat(session.major, destinations);
  const missing = [
    ...(row.collector === "on" ? [] : ["logging_collector = on"]),
    ...(format === null ? [`log_destination = ${session.major < 15 ? "csvlog" : "jsonlog"}`] : []),
    ...(row.statements === "none" ? ["log_statement = ddl"] : []),
    // Without the errors a statement that failed looks like one that did not.
    ...(["log", "fatal", "panic"].includes(row.messages) ? ["log_min_messages = warning"] : []),
  ];
  if (format === null || missing.length > 0)
    return { blind: `the server's log tells not who dropped what: that takes ${missing.join(", ")}` };
  const { directory } = row;
  const role = quoteIdentifier(row.role);
  const grants = [
    ...(row.lists && directory !== null ? [] : [`GRANT pg_monitor TO ${role}`]),
    ...(row.reads
      ? []
      : [`GRANT EXECUTE ON FUNCTION pg_catalog.pg_read_binary_file(text, bigint, bigint) TO ${role}`]),
  ];
  return directory === null || grants.length > 0
    ? { blind: `the server's log may not be read: that takes ${grants.join("; ")}` }
    : { format, directory };
}

function chooseFormat(major: number, destinations: readonly string[]): LogFormat | null {
  if (major >= 15 && destinations.includes("jsonlog")) return jsonLog;
  return destinations.includes("csvlog") ? csvLog : null;
}
