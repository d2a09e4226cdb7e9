/**
 * One end of a proxied session, TCP or Unix socket, plain or TLS: all that a session knows of the network. Nothing here throws; what goes
 * wrong ends in `closed`. No handler is called from within a method.
 */
export interface Connection {
  /** `address:port` of the other side, without the port in `host`; of a Unix socket `unix`. */
  readonly peer: string;
  readonly host: string;
  readonly isEncrypted: boolean;
  /** Whether `acceptTls` may be called: its listener has a certificate, and it is not encrypted yet. */
  readonly offersTls: boolean;
  /** Common name of the client certificate that was verified; null without one. */
  readonly certificate: string | null;
  /** Sends, or queues what the other side does not take yet. False: wait for `drained` before more. The bytes are not touched afterwards by either side. */
  write(bytes: Uint8Array): boolean;
  /** Asks for no more `data` until `resume`: what was read already may still come. */
  pause(): void;
  resume(): void;
  /** Sends what is queued, then closes. What the other side still sends is thrown away: from now on only `closed` is told. */
  end(): void;
  /** Closes at once; what is queued is lost. */
  destroy(): void;
  /** Who is told from now on. */
  handle(handlers: ConnectionHandlers): void;
  /**
   * Answers the TLS handshake that the other side begins now, as its server. `first`: bytes that were read already and belong to it.
   * Resolves to the encrypted connection in place of this one, which is not to be used any more. Rejects with `OpsError` `tls-failed`.
   */
  acceptTls(first: Uint8Array | null): Promise<Connection>;
}

export interface ConnectionHandlers {
  /** The bytes are the receiver's: nobody writes to them any more. */
  data(bytes: Uint8Array): void;
  /** What was queued is sent. */
  drained(): void;
  /** The other side sends no more; it may still read. */
  ended(): void;
  /** The last thing that is told, once. Null: in order. */
  closed(error: Error | null): void;
}
