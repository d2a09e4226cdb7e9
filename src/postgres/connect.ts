import postgres from "postgres";
import { InterruptedError, OpsError } from "../errors.ts";
import { attempts } from "./attempts.ts";
import { explainConnectError } from "./explain-connect-error.ts";
import { serverErrorOf } from "./explain-error.ts";
import { registerWire } from "./lend-socket.ts";
import { createLink } from "./link.ts";
import type { Attempt, Link } from "./link.ts";
import type { Notice, Session } from "./session.ts";
import { sessionParameters } from "./session-parameters.ts";
import type { ApplicationName } from "./session-parameters.ts";
import { displayAddress, passwordFor } from "./connection-settings.ts";
import type { ConnectionSettings } from "./connection-settings.ts";
import { isWanted } from "./target-session.ts";

export { explainServerError } from "./explain-error.ts";
export type { Notice, Session } from "./session.ts";

export interface ConnectOptions {
  /** Shown in pg_stat_activity, after `custody ` unless it is exact. */
  readonly applicationName: ApplicationName;
  /** Ends the session: cancels what runs on the server and closes the connection. */
  readonly signal?: AbortSignal;
  /** Connections, default 1: BEGIN by a statement of its own is safe only then. */
  readonly max?: number;
  /** Settings of the session from its start on, such as `statement_timeout`. */
  readonly parameters?: Readonly<Record<string, string>>;
  /** Named prepared statements: faster for a statement that runs often, but a transaction pooler in between may refuse them. */
  readonly prepare?: boolean;
  readonly onNotice?: (notice: Notice) => void;
  /** Called at each NOTIFY on a channel that the session listens to. */
  readonly onNotification?: (channel: string, payload: string) => void;
  /** Called when the connection is closed, whoever closed it: all that the session held is gone. */
  readonly onClosed?: () => void;
}

/**
 * Connects by libpq's rules for hosts, `sslmode` and `target_session_attrs`. Throws `unreachable`,
 * `authentication-failed`, `tls-failed`, `permission-denied` … within `connect_timeout` (10 s) for each host, and
 * `InterruptedError` when the signal fires.
 */
export async function connect(settings: ConnectionSettings, options: ConnectOptions): Promise<Session> {
  let failure: unknown;
  const own = options.signal === undefined ? {} : { signal: options.signal };
  for (const each of attempts(settings)) {
    const attempt: Attempt = { ...each, ...own };
    if (options.signal?.aborted) throw new InterruptedError();
    try {
      return await open(settings, attempt, options);
    } catch (error) {
      if (options.signal?.aborted) throw new InterruptedError();
      failure = error;
      if (!isWorthAnother(error, attempt)) break;
    }
  }
  throw explainConnectError(failure, settings);
}

/** Another host helps when this one is down; another encryption when the server or pg_hba.conf refused this one. */
function isWorthAnother(error: unknown, attempt: Attempt): boolean {
  const sqlstate = serverErrorOf(error)?.sqlstate;
  if (sqlstate !== undefined) return sqlstate === "57P03" || sqlstate === "28000";
  if (error instanceof OpsError && error.code === "tls-failed") return attempt.encryption !== "tls";
  return true;
}

async function open(
  settings: ConnectionSettings,
  attempt: Attempt,
  options: ConnectOptions,
): Promise<Session> {
  const max = options.max ?? 1;
  await using stack = new AsyncDisposableStack();
  const link = stack.use(createLink(settings, attempt, max));
  const sql = client(settings, attempt, options, link);
  const answer = await sql.unsafe(
    "select pg_catalog.pg_is_in_recovery() as standby, pg_catalog.current_setting('transaction_read_only') as read_only",
  );
  if (!isWanted(settings.targetSessionAttrs, answer[0])) throw notWanted(settings);
  link.ready();
  const serverVersion = String(sql.parameters["server_version"]).split(" ")[0] ?? "0";
  const abort = (): void => void (ended ??= link.abort());
  let ended: Promise<void> | undefined;
  options.signal?.addEventListener("abort", abort, { once: true });
  if (options.signal?.aborted) abort();
  const owned = stack.move();
  const session: Session = {
    sql,
    settings: { ...settings, hosts: [attempt.host] },
    serverVersion,
    major: Number.parseInt(serverVersion, 10),
    isEncrypted: link.isEncrypted(),
    async [Symbol.asyncDispose]() {
      options.signal?.removeEventListener("abort", abort);
      await ended;
      if (ended === undefined) await sql.end({ timeout: 5 });
      await owned.disposeAsync();
    },
  };
  if (max === 1) registerWire(session, link);
  return session;
}

function client(
  settings: ConnectionSettings,
  attempt: Attempt,
  options: ConnectOptions,
  link: Link,
): postgres.Sql {
  const password = passwordFor(settings, attempt.host);
  const given = {
    // Every option is given, since the library falls back to PG* variables of the process for what is absent.
    host: "custody",
    port: attempt.host.port,
    socket: () => link.open(),
    user: settings.user,
    database: settings.database,
    password: () => password ?? "",
    ssl: false,
    max: options.max ?? 1,
    idle_timeout: 0,
    max_lifetime: null,
    connect_timeout: attempt.timeoutMs / 1000,
    keep_alive: 60,
    backoff: () => 0,
    prepare: options.prepare ?? false,
    fetch_types: false,
    debug: false,
    connection: sessionParameters(settings, options),
    onclose: () => {
      link.lose();
      options.onClosed?.();
      // Whatever still waits, or is asked from now on, fails: the library would try to come back, and sometimes waits for ever.
      void sql.end({ timeout: 0 });
    },
    onnotify: (channel: string, payload: string) => options.onNotification?.(channel, payload),
    onnotice: (notice: postgres.Notice) =>
      options.onNotice?.({
        severity: notice["severity"] ?? "NOTICE",
        sqlstate: notice["code"] ?? "00000",
        message: notice["message"] ?? "",
      }),
  };
  const sql = postgres(given);
  return sql;
}

function notWanted(settings: ConnectionSettings): OpsError {
  return new OpsError(
    "unreachable",
    `no server of ${displayAddress(settings)} is ${settings.targetSessionAttrs ?? "any"} (target_session_attrs)`,
    "name the server that is, or leave target_session_attrs out",
  );
}
