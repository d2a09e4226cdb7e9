import { isIP } from "node:net";
import { createSecureContext } from "node:tls";
import type { SecureContextOptions } from "node:tls";
import { OpsError } from "../../../errors.ts";
import { showPlace } from "../../../config/listen-place.ts";
import type { Connection } from "../../sessions/connection.ts";
import type { ClientTls } from "../transport/client-tls.ts";
import type { Place, Transport } from "../transport/transport.ts";
import { beginTls } from "./begin-tls.ts";
import { within } from "./dialer.ts";
import type { Dialer } from "./dialer.ts";

/** Where a target is, and how TLS is spoken with each of its servers; null: in clear. */
export interface Servers {
  /** Tried in order; at least one. */
  readonly places: readonly Place[];
  readonly tls: (place: Place) => Promise<ClientTls> | null;
}

const timeoutMs = 10_000;

/** Of protocols in which TLS, where there is any, comes before everything: Redis, MongoDB. */
export function serversDialer(transport: Transport, { places, tls }: Servers): Dialer {
  return {
    dial: (signal) =>
      eachOf(places, signal, async (place, limit) => {
        const given = await tls(place);
        const connection = await transport.connect(place, limit);
        return given === null ? connection : await beginTls(connection, given, limit);
      }),
  };
}

/** The first that is reached. A server that is reached and is not who it should be ends it. */
export async function eachOf(
  places: readonly Place[],
  signal: AbortSignal,
  reach: (place: Place, signal: AbortSignal) => Promise<Connection>,
): Promise<Connection> {
  let failure: unknown = new RangeError("a target without a server");
  for (const place of places) {
    try {
      return await within(timeoutMs, showPlace(place), signal, (limit) => reach(place, limit));
    } catch (error) {
      if (!(error instanceof OpsError && error.code === "unreachable")) throw error;
      failure = error;
    }
  }
  throw failure;
}

/** As a client library's usual: the chain, and the name that the URL gives. */
export function usualTls(
  place: Place,
  files: SecureContextOptions,
  checks: { readonly chain: boolean; readonly name: boolean } = { chain: true, name: true },
): ClientTls {
  const host = place.kind === "tcp" ? place.host : "localhost";
  return {
    context: createSecureContext({ ...files, minVersion: "TLSv1.2" }),
    // An address is compared with the certificate, but not named in the handshake (RFC 6066 section 3).
    serverName: isIP(host) === 0 ? host : null,
    alpn: null,
    checksChain: checks.chain,
    checksName: checks.name ? host : null,
  };
}
