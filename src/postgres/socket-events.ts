import type { Socket } from "node:net";

/** The other side closed the connection instead of answering. */
export class ClosedError extends Error {
  constructor() {
    super("the connection was closed");
    this.name = "ClosedError";
  }
}

/** The first argument of the next `event`. Rejects with the socket's error, with `ClosedError`, or when the signal fires. */
export async function firstOf(
  socket: Socket,
  event: "connect" | "secureConnect" | "data",
  signal: AbortSignal,
): Promise<unknown> {
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  const onClose = (): void => reject(new ClosedError());
  const onAbort = (): void => reject(signal.reason);
  socket.once(event, resolve).once("error", reject).once("close", onClose).once("end", onClose);
  signal.addEventListener("abort", onAbort, { once: true });
  if (signal.aborted) onAbort();
  try {
    return await promise;
  } finally {
    socket.off(event, resolve).off("error", reject).off("close", onClose).off("end", onClose);
    signal.removeEventListener("abort", onAbort);
  }
}

/**
 * Whoever uses a socket hears of its end by listeners of its own. In the moment between two users, and after the client library
 * has taken all listeners away, nobody may: an error then is no bug, and must not end the process.
 */
export function ignoreUnheardErrors(socket: Socket): void {
  const ignore = (): void => undefined;
  const removeAllListeners = socket.removeAllListeners.bind(socket);
  socket.on("error", ignore);
  socket.removeAllListeners = (event?: string | symbol) => {
    removeAllListeners(event);
    return event === undefined || event === "error" ? socket.on("error", ignore) : socket;
  };
}
