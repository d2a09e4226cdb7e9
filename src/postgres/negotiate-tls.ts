import { ClosedError, firstOf } from "./socket-events.ts";
import type { Socket } from "node:net";
import { connect } from "node:tls";
import type { TLSSocket } from "node:tls";
import { OpsError } from "../errors.ts";
import { clientCodeOf } from "./explain-error.ts";
import type { Host } from "./connection-settings.ts";
import { closedAtStart, displayHost, noAnswer } from "./open-socket.ts";
import type { ConnectionSettings } from "./connection-settings.ts";
import { tlsOptions } from "./tls-options.ts";

/** SSLRequest: https://www.postgresql.org/docs/18/protocol-message-formats.html */
export const sslRequest = Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f]);

/**
 * Asks the server for TLS. Returns nothing when the server has none (the socket is then as it was); throws `tls-failed`
 * when a certificate is not accepted, by libpq's rules for `sslmode`.
 */
export async function negotiateTls(
  socket: Socket,
  host: Host,
  settings: ConnectionSettings,
  deadline: AbortSignal,
): Promise<TLSSocket | undefined> {
  const options = await tlsOptions(host, settings);
  try {
    if (settings.sslnegotiation !== "direct") {
      socket.write(sslRequest);
      if (!(await isAccepted(socket, deadline))) return undefined;
    }
    const secured = connect({ ...options, socket });
    secured.on("error", () => undefined);
    await firstOf(secured, "secureConnect", deadline);
    return secured;
  } catch (error) {
    throw explain(host, error, deadline);
  }
}

async function isAccepted(socket: Socket, deadline: AbortSignal): Promise<boolean> {
  const answer = await firstOf(socket, "data", deadline);
  // More than the one byte before the handshake would be bytes that somebody in between slipped in (CVE-2021-23222).
  if (!Buffer.isBuffer(answer) || answer.length !== 1)
    throw new Error("unexpected bytes before the TLS handshake");
  return answer[0] === 0x53;
}

function explain(host: Host, error: unknown, deadline: AbortSignal): OpsError {
  if (deadline.aborted) return noAnswer(host, error);
  if (error instanceof ClosedError) return closedAtStart(host);
  const reason = clientCodeOf(error) ?? (error instanceof Error ? error.message : String(error));
  return new OpsError(
    "tls-failed",
    `no TLS connection to ${displayHost(host)}: ${reason}`,
    "check sslrootcert (the CA that signed the server's certificate) and, for verify-full, that the certificate names this host",
    { cause: error },
  );
}
