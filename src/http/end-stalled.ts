import type { Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";

interface Answering {
  readonly socket: Socket;
  /** What was left to send when it was last looked at; null: nothing. */
  left: string | null;
  sinceMs: number;
}

/**
 * Ends the connections whose peer takes nothing of its answer for so long: an answer that nobody reads would be kept, and its connection
 * with it, for ever. What is taken slowly goes on.
 */
export function endStalled(server: Server, { idleMs }: { readonly idleMs: number }): Disposable {
  const answering = new Map<ServerResponse, Answering>();
  server.on("request", ({ socket }, response) => {
    answering.set(response, { socket, left: null, sinceMs: 0 });
    for (const event of ["finish", "close"]) response.once(event, () => void answering.delete(response));
  });
  const timer = setInterval(() => {
    const nowMs = performance.now();
    for (const [response, each] of answering) {
      const left = leftOf(response, each.socket);
      if (left === null || left !== each.left) Object.assign(each, { left, sinceMs: nowMs });
      else if (nowMs - each.sinceMs >= idleMs) each.socket.destroy();
    }
  }, idleMs / 4);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

function leftOf(response: ServerResponse, socket: Socket): string | null {
  const waiting = response.writableLength + socket.writableLength;
  return waiting === 0 ? null : `${waiting} after ${socket.bytesWritten}`;
}
