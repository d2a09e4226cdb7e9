import { longestStartup, readStartup, startupLength } from "../../../wire/postgres/read-startup.ts";
import type { StartupPacket } from "../../../wire/postgres/read-startup.ts";
import { errorResponse } from "../../../wire/postgres/write-server.ts";
import type { Connection } from "../connection.ts";
import type { PostgresContext } from "./open-postgres-session.ts";

type Opening = Extract<StartupPacket, { type: "startup" | "cancel" }>;

/** The packet by which a client says who it is, or whom it cancels. */
export interface First {
  /** Encrypted by now where the client wanted that. */
  readonly connection: Connection;
  readonly packet: Opening;
  /** As it came: it is handed on as it is. */
  readonly bytes: Uint8Array;
  /** Takes what came behind it so far; from then on somebody else is told what comes. */
  readonly takeRest: () => Uint8Array | null;
}

const [yes, no] = [Buffer.from("S"), Buffer.from("N")];
/** ContentType handshake (RFC 8446, section 5.1): no packet of PostgreSQL's begins so, since none is that long. */
const tlsHandshake = 0x16;

/**
 * Reads what a client sends before it is anybody, answers its SSLRequest and GSSENCRequest, and ends with its StartupMessage or
 * CancelRequest. Null: it went away, took too long, or sent what none does and was told so. One request for encryption is taken of each
 * kind, and nothing may stand behind it: who puts bytes there wants them taken for encrypted ones (CVE-2021-23214).
 */
export async function readFirst(
  accepted: Connection,
  context: PostgresContext,
  gone: AbortController,
): Promise<First | null> {
  let connection = accepted;
  let bytes: Buffer = Buffer.alloc(0);
  let wake = Promise.withResolvers<boolean>();
  let isOver = false;
  const deadline = setTimeout(() => refuse("08P01", "no start-up packet in time"), context.limits.startupMs);
  const asked = new Set<string>();

  function end(): void {
    isOver = true;
    wake.resolve(false);
  }
  function refuse(code: string, message: string): null {
    if (!isOver) {
      connection.write(errorResponse({ severity: "FATAL", code, message }));
      connection.end();
    }
    end();
    return null;
  }
  function listen(to: Connection): void {
    to.handle({
      data(chunk) {
        bytes = bytes.length === 0 ? Buffer.from(chunk) : Buffer.concat([bytes, chunk]);
        // Whatever is sent behind the start-up waits for the server.
        if (bytes.length > 2 * longestStartup) to.pause();
        wake.resolve(true);
      },
      drained: () => undefined,
      ended: leave,
      closed: leave,
    });
  }
  /** Who has sent his last is left half open otherwise, for as long as custody runs. */
  function leave(): void {
    if (!isOver) connection.destroy();
    end();
    gone.abort();
  }
  async function more(): Promise<boolean> {
    const isMore = await wake.promise;
    wake = Promise.withResolvers<boolean>();
    return isMore && !isOver;
  }
  async function encrypt(first: Uint8Array | null): Promise<boolean> {
    try {
      connection = await connection.acceptTls(first);
    } catch {
      end();
      return false;
    }
    bytes = Buffer.alloc(0);
    if (isOver) connection.destroy();
    else listen(connection);
    return !isOver;
  }

  gone.signal.addEventListener("abort", end);
  listen(accepted);
  try {
    for (;;) {
      if (isOver) return null;
      if (bytes[0] === tlsHandshake && asked.size === 0 && !connection.isEncrypted) {
        if (!connection.offersTls) return refuse("08P01", "this listener has no certificate");
        if (!(await encrypt(bytes))) return null;
        asked.add("ssl-request");
        continue;
      }
      const length = startupLength(bytes);
      if (length === 0) return refuse("08P01", "invalid length of startup packet");
      if (length === null || bytes.length < length) {
        if (!(await more())) return null;
        continue;
      }
      const packet = readStartup(bytes.subarray(0, length));
      switch (packet.type) {
        case "invalid":
          return refuse("08P01", `invalid startup packet: ${packet.reason}`);
        case "ssl-request":
        case "gssenc-request": {
          if (bytes.length > length)
            return refuse("08P01", "received unencrypted data after an encryption request");
          if (asked.has(packet.type) || connection.isEncrypted)
            return refuse("08P01", "a second encryption request");
          asked.add(packet.type);
          bytes = Buffer.alloc(0);
          const isTaken = packet.type === "ssl-request" && connection.offersTls;
          if (isTaken) wake = Promise.withResolvers<boolean>();
          connection.write(isTaken ? yes : no);
          if (isTaken && !(await encrypt(null))) return null;
          continue;
        }
        case "cancel":
        case "startup":
          // libpq before 17, and most that is not libpq, cancels in clear whatever its session does, and PostgreSQL takes it.
          if (packet.type === "startup" && context.requiresTls && !connection.isEncrypted)
            return refuse("28000", "this listener takes encrypted connections only");
          isOver = true;
          return {
            connection,
            packet,
            bytes: bytes.subarray(0, length),
            takeRest: () => (bytes.length > length ? bytes.subarray(length) : null),
          };
      }
    }
  } finally {
    clearTimeout(deadline);
    gone.signal.removeEventListener("abort", end);
  }
}
