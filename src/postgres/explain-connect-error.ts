import { OpsError } from "../errors.ts";
import { displayAddress, passwordFor } from "./connection-settings.ts";
import type { ConnectionSettings } from "./connection-settings.ts";
import { clientCodeOf, explainServerError, serverErrorOf } from "./explain-error.ts";

/** What a failed connection means, where that is more than its SQLSTATE says. */
export function explainConnectError(error: unknown, settings: ConnectionSettings): OpsError {
  const where = `cannot connect to ${displayAddress(settings)}`;
  const server = serverErrorOf(error);
  const hasPassword = settings.hosts.some((host) => passwordFor(settings, host) !== undefined);
  if (server?.sqlstate === "28P01" && !hasPassword) {
    return new OpsError(
      "authentication-failed",
      `${where}: the server asks for a password, and none was given`,
      "set PGPASSWORD, or add the server to ~/.pgpass (chmod 0600)",
      { cause: error },
    );
  }
  if (server?.sqlstate === "08P01") {
    return new OpsError(
      "unreachable",
      `${where}: ${server.message}`,
      "a connection pooler in between does not let custody's settings through: connect to the server itself",
      { cause: error },
    );
  }
  const clientCode = clientCodeOf(error);
  if (clientCode === "CONNECTION_CLOSED" || clientCode === "ECONNRESET") {
    return new OpsError(
      "unreachable",
      `${where}: the server closed the connection`,
      "check that a PostgreSQL server listens there; its log says more",
      { cause: error },
    );
  }
  return explainServerError(error, where);
}
