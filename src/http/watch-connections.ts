import type { Server } from "node:http";
import type { Socket } from "node:net";
import type { ConnectionLimits } from "./listen.ts";

/**
 * Ends the connections that take too long: to their first request, to the end of a request's body, from one request to the next. What
 * it returns is told of each connection that the server did not take by itself.
 */
export function watchConnections(
  server: Server,
  { headersMs, requestMs, idleMs }: Pick<ConnectionLimits, "headersMs" | "requestMs" | "idleMs">,
): (socket: Socket) => void {
  const timers = new Map<Socket, ReturnType<typeof setTimeout>>();
  const forbid = (socket: Socket): void => clearTimeout(timers.get(socket));
  const allow = (socket: Socket, ms: number): void => {
    forbid(socket);
    if (!socket.destroyed)
      timers.set(
        socket,
        setTimeout(() => socket.destroy(), ms),
      );
  };
  server.on("request", (request, response) => {
    const { socket, headers } = request;
    const hasBody = Number(headers["content-length"] ?? 0) > 0 || headers["transfer-encoding"] !== undefined;
    if (hasBody) allow(socket, requestMs);
    else forbid(socket);
    // A body that nobody wanted is read to its end behind the answer.
    request.once("end", () => {
      if (!response.writableEnded) forbid(socket);
    });
    response.once("finish", () => allow(socket, idleMs));
  });
  return (socket) => {
    allow(socket, headersMs);
    socket.once("close", () => {
      forbid(socket);
      timers.delete(socket);
    });
    // A peer that breaks off is no news: its request, if there was one, is told so itself.
    socket.on("error", () => socket.destroy());
  };
}
