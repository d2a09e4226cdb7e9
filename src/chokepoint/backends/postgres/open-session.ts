import { connect } from "../../../postgres/connect.ts";
import type { Session } from "../../../postgres/connect.ts";
import type { ApplicationName } from "../../../postgres/session-parameters.ts";
import type { ConnectionSettings } from "../../../postgres/settings.ts";

/** Names mean what they say, nothing is cut off by a limit of the role's, and a server notices that custody is dead. */
const parameters = {
  search_path: "",
  client_encoding: "UTF8",
  client_min_messages: "warning",
  standard_conforming_strings: "on",
  statement_timeout: "0",
  lock_timeout: "10s",
  idle_in_transaction_session_timeout: "0",
  idle_session_timeout: "0",
  synchronous_commit: "on",
  DateStyle: "ISO, MDY",
  TimeZone: "UTC",
  tcp_keepalives_idle: "30",
  tcp_keepalives_interval: "10",
  tcp_keepalives_count: "3",
};

export interface SessionOptions {
  readonly applicationName: ApplicationName;
  readonly signal: AbortSignal;
  /** In place of the settings' own. */
  readonly database?: string;
  readonly onClosed?: () => void;
}

/** A session that cannot write. Throws as `connect`. */
export async function openReadOnly(settings: ConnectionSettings, options: SessionOptions): Promise<Session> {
  return await open(settings, options, "on");
}

/** A session for what is recorded. Throws as `connect`. */
export async function openForChange(settings: ConnectionSettings, options: SessionOptions): Promise<Session> {
  return await open(settings, options, "off");
}

async function open(
  settings: ConnectionSettings,
  { applicationName, signal, database, onClosed }: SessionOptions,
  isReadOnly: "on" | "off",
): Promise<Session> {
  const session = await connect(
    { ...settings, database: database ?? settings.database },
    {
      applicationName,
      signal,
      parameters: { ...parameters, default_transaction_read_only: isReadOnly },
      ...(onClosed === undefined ? {} : { onClosed }),
    },
  );
  if (session.major >= 17) await session.sql.unsafe("set transaction_timeout = 0");
  return session;
}
