import { connect } from "node:net";
import type { Socket } from "node:net";
import type { Connection, ConnectionHandlers } from "../../src/proxy/sessions/connection.ts";

/** A connection in clear on a socket of `node:net`: for tests of sessions, which know of none. */
export function connectionOf(socket: Socket): Connection {
  let handlers: ConnectionHandlers | null = null;
  let isEnding = false;
  let failure: Error | null = null;
  socket.setNoDelay(true);
  socket.on("data", (bytes: Buffer) => {
    if (!isEnding) handlers?.data(bytes);
  });
  socket.on("drain", () => {
    if (!isEnding) handlers?.drained();
  });
  socket.on("end", () => {
    if (isEnding) socket.end();
    else handlers?.ended();
  });
  socket.on("error", (error) => (failure = error));
  socket.on("close", () => handlers?.closed(failure));
  return {
    peer: `${socket.remoteAddress}:${socket.remotePort}`,
    host: socket.remoteAddress ?? "unix",
    isEncrypted: false,
    offersTls: false,
    certificate: null,
    write: (bytes) => socket.writable && socket.write(bytes),
    pause: () => void socket.pause(),
    resume: () => void socket.resume(),
    end() {
      isEnding = true;
      socket.end();
      socket.resume();
    },
    destroy: () => void socket.destroy(),
    handle(next) {
      handlers = next;
    },
    acceptTls: () => Promise.reject(new Error("no TLS here")),
  };
}

export async function dialPort(port: number): Promise<Connection> {
  const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
  await new Promise<void>((resolve, reject) => {
    socket.once("connect", resolve);
    socket.once("error", reject);
  });
  return connectionOf(socket);
}
