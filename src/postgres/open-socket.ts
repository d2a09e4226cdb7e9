import { createConnection } from "node:net";
import type { Socket } from "node:net";
import { InterruptedError, OpsError } from "../errors.ts";
import { clientCodeOf } from "./explain-error.ts";
import { socketPath } from "./hosts.ts";
import type { Host } from "./connection-settings.ts";
import { firstOf, ignoreUnheardErrors } from "./socket-events.ts";

/** How a host is shown in messages. */
export function displayHost(host: Host): string {
  if (host.host.startsWith("/")) return socketPath(host.host, host.port);
  return `${host.host.includes(":") ? `[${host.host}]` : host.host}:${host.port}`;
}

/** Connects to a host, TCP or Unix socket. Throws `unreachable` or `InterruptedError`; `deadline` bounds the wait. */
export async function openSocket(
  host: Host,
  deadline: AbortSignal,
  signal: AbortSignal | undefined,
): Promise<Socket> {
  const socket = host.host.startsWith("/")
    ? createConnection({ path: socketPath(host.host, host.port) })
    : createConnection({ host: host.address ?? host.host, port: host.port, noDelay: true });
  ignoreUnheardErrors(socket);
  try {
    await firstOf(socket, "connect", signal === undefined ? deadline : AbortSignal.any([deadline, signal]));
    return socket;
  } catch (error) {
    socket.destroy();
    if (signal?.aborted) throw new InterruptedError();
    if (deadline.aborted) throw noAnswer(host, error);
    throw explain(host, error);
  }
}

export function noAnswer(host: Host, cause: unknown): OpsError {
  return unreachable(
    host,
    "no answer in time",
    "check host, port and firewall; connect_timeout=30 waits longer",
    cause,
  );
}

export function closedAtStart(host: Host): OpsError {
  return unreachable(
    host,
    "it closed the connection at its start",
    "check that a PostgreSQL server listens there; its log says more",
    undefined,
  );
}

function explain(host: Host, error: unknown): OpsError {
  const code = clientCodeOf(error) ?? "no connection";
  switch (code) {
    case "ECONNREFUSED":
      return unreachable(host, "connection refused", "start the server, or check host and port", error);
    case "ENOENT":
      return unreachable(
        host,
        "no such socket",
        "start the server, or check the socket directory and the port",
        error,
      );
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return unreachable(
        host,
        "the name has no address",
        "check the host's name, and the resolver of this machine",
        error,
      );
    case "EACCES":
      return unreachable(host, "permission denied", "run as a user that may use this socket", error);
    default:
      return unreachable(host, code, "check host, port and network", error);
  }
}

function unreachable(host: Host, what: string, hint: string, cause: unknown): OpsError {
  return new OpsError("unreachable", `cannot reach the server at ${displayHost(host)}: ${what}`, hint, {
    cause,
  });
}
