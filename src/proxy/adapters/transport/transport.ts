import type { ListenPlace } from "../../../config/listen-place.ts";
import type { Connection } from "../../sessions/connection.ts";
import type { ClientTls } from "./client-tls.ts";
import type { ServerTls } from "./server-tls.ts";

/** The network under the sessions: Bun's own sockets where there is Bun, `node:net` elsewhere. One suite of tests holds for both. */
export interface Transport {
  /** Takes connections until it is closed. Throws `OpsError` `bad-config`. */
  listen(options: ListenOptions): Promise<Listening>;
  /** Connects in clear. Rejects with `OpsError` `unreachable`, and with the signal's reason once it fires. */
  connect(place: Place, signal: AbortSignal): Promise<DialledConnection>;
}

/** A name is looked up, and each of its addresses tried. */
export type Place = ListenPlace;

export interface ListenOptions {
  readonly place: ListenPlace;
  /** Null: `acceptTls` rejects. */
  readonly tls: ServerTls | null;
  /** Other processes of this user may listen on the same port; the kernel spreads the connections. Nothing for a Unix socket. */
  readonly reusePort: boolean;
  /** Of a Unix socket's file. */
  readonly fileMode: number;
  /** Sets its handlers before it returns. */
  readonly onConnection: (connection: Connection) => void;
}

export interface Listening {
  /** The port that was taken; 0 for a Unix socket. */
  readonly port: number;
  /** For handshakes from now on. */
  setTls(tls: ServerTls | null): void;
  /** Takes no more connections and removes the file of a Unix socket; those that are open stay. */
  close(): Promise<void>;
}

/** A connection that custody began. */
export interface DialledConnection extends Connection {
  /**
   * Begins a TLS handshake as its client. Resolves to the encrypted connection in place of this one, which is not to be used any more.
   * Rejects with `OpsError` `tls-failed`.
   */
  startTls(tls: ClientTls): Promise<DialledConnection>;
  /** These bytes, which it has told, are told again, ahead of all others, to who handles it next; until then nobody does. */
  giveBack(bytes: Uint8Array): void;
}

/** From the end of what was sent, or from the last of it that was taken, to the close of a connection that the other side leaves open. */
export const lingerMs = 5000;

/** Silence after which the other side is asked whether it is still there. */
export const keepAliveMs = 60_000;
