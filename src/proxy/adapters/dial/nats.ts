import type { Connection } from "../../sessions/connection.ts";
import { tlsFailed } from "../transport/explain-network.ts";
import type { Transport } from "../transport/transport.ts";
import { beginTls } from "./begin-tls.ts";
import type { Dialer } from "./dialer.ts";
import { firstBytes } from "./first-bytes.ts";
import { eachOf } from "./servers.ts";
import type { Servers } from "./servers.ts";

/** Longer than any INFO: a cluster of a thousand servers names them all. */
const mostInfoBytes = 65_536;

/**
 * A NATS server speaks first: its INFO says whether TLS is to follow, at once and before anything else. `isTlsAsked`: the URL insists. The
 * session is told the INFO as it came, whatever came of it. https://docs.nats.io/reference/reference-protocols/nats-protocol
 */
export function natsDialer(transport: Transport, servers: Servers, isTlsAsked: boolean): Dialer {
  return {
    dial: (signal) =>
      eachOf(servers.places, signal, async (place, limit): Promise<Connection> => {
        const connection = await transport.connect(place, limit);
        const info = await firstBytes(connection, isWhole, limit);
        const offer = readOffer(info);
        if (offer === null || (isTlsAsked && offer === "none")) {
          connection.destroy();
          const why = offer === null ? "the server did not begin with its INFO" : "the server offers none";
          throw tlsFailed(connection.peer, why);
        }
        const tls = offer === "required" || isTlsAsked ? await servers.tls(place) : null;
        if (tls !== null && info.indexOf(0x0a) !== info.length - 1) {
          connection.destroy();
          throw tlsFailed(connection.peer, "there are bytes in clear between its INFO and the handshake");
        }
        const begun = tls === null ? connection : await beginTls(connection, tls, limit);
        begun.giveBack(info);
        return begun;
      }),
  };
}

function isWhole(bytes: Uint8Array): boolean {
  return bytes.includes(0x0a) || bytes.length > mostInfoBytes;
}

/** Null: it is no INFO. */
function readOffer(bytes: Uint8Array): "none" | "available" | "required" | null {
  const line = Buffer.from(bytes).toString("utf8");
  if (!/^INFO\s/i.test(line) || !line.includes("\n")) return null;
  try {
    const info: unknown = JSON.parse(line.slice(4, line.indexOf("\n")));
    if (typeof info !== "object" || info === null) return null;
    if ("tls_required" in info && info.tls_required === true) return "required";
    return "tls_available" in info && info.tls_available === true ? "available" : "none";
  } catch {
    return null;
  }
}
