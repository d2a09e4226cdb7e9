import type { Connection, ConnectionHandlers } from "../connection.ts";

/**
 * The client as a session sees it. Redis speaks TLS from the first byte on: a listener with a certificate takes nobody in clear, and nothing is read before the
 * handshake is through.
 */
export function secureClient(accepted: Connection, warn: (message: string) => void): Connection {
  if (!accepted.offersTls) return accepted;
  let near = accepted;
  let handlers: ConnectionHandlers | null = null;
  let phase: "clear" | "handshake" | "secured" | "over" = "clear";

  const secure = async (first: Uint8Array): Promise<void> => {
    phase = "handshake";
    try {
      near = await accepted.acceptTls(first);
      if (isOver()) {
        near.destroy();
        handlers?.closed(null);
        return;
      }
      phase = "secured";
      if (handlers !== null) near.handle(handlers);
    } catch (error) {
      phase = "over";
      const failure = error instanceof Error ? error : new Error(String(error));
      warn(failure.message);
      accepted.destroy();
      handlers?.closed(failure);
    }
  };
  const isOver = (): boolean => phase === "over";
  const leave = (go: () => void): void => {
    if (phase === "handshake") phase = "over";
    else go();
  };
  accepted.handle({
    data(bytes) {
      if (phase === "clear") void secure(bytes);
    },
    drained: () => undefined,
    ended: () => handlers?.ended(),
    closed(error) {
      if (phase === "clear") handlers?.closed(error);
    },
  });
  return {
    get peer() {
      return near.peer;
    },
    get host() {
      return near.host;
    },
    get isEncrypted() {
      return near.isEncrypted;
    },
    offersTls: false,
    get certificate() {
      return near.certificate;
    },
    write: (bytes) => near.write(bytes),
    pause: () => near.pause(),
    resume: () => near.resume(),
    end: () => leave(() => near.end()),
    destroy: () => leave(() => near.destroy()),
    handle(given) {
      handlers = given;
      if (phase === "secured") near.handle(given);
    },
    acceptTls: (first) => near.acceptTls(first),
  };
}
