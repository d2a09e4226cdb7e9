import type { Connection, ConnectionHandlers } from "../../src/proxy/sessions/connection.ts";

/** A client without a socket: what it sends arrives cut as the test cuts it. */
export interface MemoryClient {
  readonly connection: Connection;
  send(bytes: Uint8Array): void;
  /** All that it was sent, as Latin-1; waits until that is enough, or the session has ended. */
  until(isEnough: (text: string) => boolean): Promise<string>;
  close(): void;
  /** Sends no more, and still reads. */
  finish(): void;
  readonly isPaused: boolean;
  readonly hasEnded: boolean;
}

export function memoryClient(): MemoryClient {
  let handlers: ConnectionHandlers | null = null;
  let text = "";
  let hasEnded = false;
  let isPaused = false;
  let wake = Promise.withResolvers<void>();
  const tell = (): void => {
    wake.resolve();
    wake = Promise.withResolvers<void>();
  };
  const close = (): void => {
    if (hasEnded) return;
    hasEnded = true;
    tell();
    queueMicrotask(() => handlers?.closed(null));
  };
  return {
    connection: {
      peer: "unix",
      host: "unix",
      isEncrypted: false,
      offersTls: false,
      certificate: null,
      write(bytes) {
        text += Buffer.from(bytes).toString("latin1");
        tell();
        return true;
      },
      pause: () => (isPaused = true),
      resume: () => (isPaused = false),
      end: close,
      destroy: close,
      handle: (given) => (handlers = given),
      acceptTls: () => Promise.reject(new Error("no TLS here")),
    },
    send(bytes) {
      if (!hasEnded) handlers?.data(bytes);
    },
    async until(isEnough) {
      while (!isEnough(text) && !hasEnded) await wake.promise;
      return text;
    },
    close,
    finish: () => handlers?.ended(),
    get isPaused() {
      return isPaused;
    },
    get hasEnded() {
      return hasEnded;
    },
  };
}
