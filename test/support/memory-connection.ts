import type { Connection, ConnectionHandlers } from "../../src/proxy/sessions/connection.ts";

/** A connection without a network: what a session writes to it is kept, what it hears is given by hand. */
export interface MemoryConnection extends Connection {
  readonly written: Uint8Array[];
  /** Told to whoever handles it; nothing once it is closed or ending. */
  say(bytes: Uint8Array): void;
}

export function memoryConnection(): MemoryConnection {
  let handlers: ConnectionHandlers | null = null;
  let isOpen = true;
  const written: Uint8Array[] = [];
  const close = (): void => {
    if (!isOpen) return;
    isOpen = false;
    queueMicrotask(() => handlers?.closed(null));
  };
  return {
    written,
    say(bytes) {
      if (isOpen) handlers?.data(bytes);
    },
    peer: "192.0.2.1:1",
    host: "192.0.2.1",
    isEncrypted: false,
    offersTls: false,
    certificate: null,
    write(bytes) {
      if (isOpen) written.push(bytes);
      return true;
    },
    pause: () => undefined,
    resume: () => undefined,
    end: close,
    destroy: close,
    handle(next) {
      handlers = next;
    },
    acceptTls: () => Promise.reject(new Error("no TLS here")),
  };
}
