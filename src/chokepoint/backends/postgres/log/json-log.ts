import { z } from "zod";
import type { LogFormat, LogRecord } from "./log-record.ts";

const text = z.string().default("");
/** The keys of the manual's table of `jsonlog`; what a record has not is left out. */
const entry = z.object({
  timestamp: z.string(),
  user: text,
  dbname: text,
  remote_host: text,
  remote_port: z.number().optional(),
  session_id: text,
  vxid: text,
  state_code: z.string().default("00000"),
  message: text,
  detail: text,
  internal_query: text,
  context: text,
  statement: text,
  application_name: text,
});

/** `log_destination = jsonlog`, PostgreSQL 15 and later: one record a line. */
export const jsonLog: LogFormat = {
  suffix: ".json",
  read(written, isInside) {
    const lines = written.split("\n");
    const rest = lines.pop() ?? "";
    const records = (isInside ? lines.slice(1) : lines).map(readLine).filter((record) => record !== null);
    return { records, rest };
  },
};

function readLine(line: string): LogRecord | null {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    // The server was killed while it wrote this line.
    return null;
  }
  const read = entry.safeParse(value);
  if (!read.success) return null;
  const { data } = read;
  return {
    time: data.timestamp.slice(0, 23),
    user: data.user,
    database: data.dbname,
    client: data.remote_port === undefined ? data.remote_host : `${data.remote_host}:${data.remote_port}`,
    session: data.session_id,
    transaction: data.vxid,
    sqlstate: data.state_code,
    message: data.message,
    detail: data.detail,
    context: `${data.internal_query}${data.context}`,
    statement: data.statement,
    application: data.application_name,
  };
}
