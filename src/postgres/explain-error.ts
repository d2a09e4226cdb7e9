import { OpsError } from "../errors.ts";
import type { ErrorCode } from "../errors.ts";

/** What a server reported, as the client library would throw it. */
export class ServerReportedError extends Error {
  readonly severity: string;
  readonly code: string;

  constructor(severity: string, sqlstate: string, message: string) {
    super(message);
    this.name = "ServerReportedError";
    this.severity = severity;
    this.code = sqlstate;
  }
}

/** What a server said about a failure: the fields of an ErrorResponse that custody uses. */
export interface ServerError {
  readonly sqlstate: string;
  readonly message: string;
}

/** Recognises an error that the server sent, by its SQLSTATE; nothing for what went wrong on our side. */
export function serverErrorOf(error: unknown): ServerError | undefined {
  // Poolers leave out the severity that is not localised.
  const isReport = error instanceof Error && ("severity" in error || "severity_local" in error);
  if (!isReport || !("code" in error)) return undefined;
  const { code } = error;
  return typeof code === "string" && /^[0-9A-Z]{5}$/.test(code)
    ? { sqlstate: code, message: error.message }
    : undefined;
}

interface Explanation {
  readonly code: ErrorCode;
  readonly hint: string;
}

/** By SQLSTATE, or by its class of two characters. */
const bySqlstate: Readonly<Record<string, Explanation>> = {
  "28P01": {
    code: "authentication-failed",
    hint: "check the user and the password (URL, PGPASSWORD or ~/.pgpass)",
  },
  "28": { code: "authentication-failed", hint: "check the user, the database and the server's pg_hba.conf" },
  "25006": {
    code: "unsupported-server",
    hint: "the server, or the session, is read-only: use the primary (target_session_attrs=read-write)",
  },
  "3D000": { code: "unreachable", hint: "check the database's name; psql -l lists what the server has" },
  "42501": {
    code: "permission-denied",
    hint: "use a role that has the privilege, or grant it (pg_read_all_data reads all tables)",
  },
  "53100": { code: "no-space", hint: "free space where the server keeps its data" },
  "53300": {
    code: "unreachable",
    hint: "the server has no free connection slot: try again later, or raise max_connections",
  },
  "57P03": {
    code: "unreachable",
    hint: "the server is starting up or shutting down: try again when it is ready",
  },
  "57014": {
    code: "timeout",
    hint: "the statement was cancelled: raise statement_timeout, or ask who cancelled it",
  },
  "55P03": { code: "timeout", hint: "another session holds the lock: try again when it has ended" },
  "57P01": {
    code: "connection-lost",
    hint: "an administrator ended the session, or the server stopped: try again",
  },
  "57P02": { code: "connection-lost", hint: "the server crashed: read its log" },
  "57P05": { code: "connection-lost", hint: "the session was idle for too long (idle_session_timeout)" },
  "25P04": {
    code: "timeout",
    hint: "the transaction took longer than transaction_timeout allows: raise it for this role",
  },
  "25P03": {
    code: "connection-lost",
    hint: "the transaction was idle for too long (idle_in_transaction_session_timeout)",
  },
  "08": { code: "connection-lost", hint: "check the network and the server, and try again" },
};

/** By the error code of the runtime or the client library. */
const byClientCode: Readonly<Record<string, Explanation>> = {
  CONNECT_TIMEOUT: {
    code: "unreachable",
    hint: "check host, port and firewall; connect_timeout=30 waits longer",
  },
  CONNECTION_CLOSED: { code: "connection-lost", hint: "check the network and the server, and try again" },
  CONNECTION_DESTROYED: { code: "connection-lost", hint: "check the network and the server, and try again" },
  CONNECTION_ENDED: { code: "connection-lost", hint: "check the network and the server, and try again" },
  ECONNRESET: { code: "connection-lost", hint: "check the network and the server, and try again" },
  EPIPE: { code: "connection-lost", hint: "check the network and the server, and try again" },
  ETIMEDOUT: { code: "connection-lost", hint: "check the network and the server, and try again" },
  SASL_SIGNATURE_MISMATCH: {
    code: "authentication-failed",
    hint: "the server does not know the password that it asked for: do not trust it before you know why",
  },
};

/**
 * An `OpsError` for whatever a statement or a connection failed with, recognised by SQLSTATE or error code, never by
 * message text. `what` says what was being done ("reading table public.orders"). An `OpsError` comes back as it is. What only
 * a bug throws is thrown on: it must not read as the network's fault.
 */
export function explainServerError(error: unknown, what: string): OpsError {
  if (error instanceof OpsError) return error;
  if (isBug(error)) throw error;
  const server = serverErrorOf(error);
  if (server !== undefined) {
    const explanation = bySqlstate[server.sqlstate] ?? bySqlstate[server.sqlstate.slice(0, 2)];
    return new OpsError(
      explanation?.code ?? "server-error",
      `${what}: ${server.message} (SQLSTATE ${server.sqlstate})`,
      explanation?.hint ?? "the server's log says more",
      { cause: error },
    );
  }
  const clientCode = clientCodeOf(error);
  const explanation = clientCode === undefined ? undefined : byClientCode[clientCode];
  return new OpsError(
    explanation?.code ?? "connection-lost",
    `${what}: ${sayClientCode(clientCode) ?? (error instanceof Error ? error.message : String(error))}`,
    explanation?.hint ?? "check the network and the server, and try again",
    { cause: error },
  );
}

/** A mistake of the program's own; the runtime's errors of sockets and values carry a code. */
function isBug(error: unknown): boolean {
  const isMistake = [TypeError, RangeError, ReferenceError, SyntaxError].some(
    (each) => error instanceof each,
  );
  return isMistake && clientCodeOf(error) === undefined;
}

/** The client library's own codes are no words for people; the runtime's (`ECONNRESET`) are known to them. */
function sayClientCode(code: string | undefined): string | undefined {
  return code?.startsWith("CONNECTION_") === true ? "the connection was lost" : code;
}

export function clientCodeOf(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}
