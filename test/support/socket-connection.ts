import { connect, createServer } from "node:net";
import type { Socket } from "node:net";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Connection, ConnectionHandlers } from "../../src/proxy/sessions/connection.ts";
import type { RunningSession } from "../../src/proxy/sessions/ports.ts";

/** A `Connection` over a plain socket of node:net, for tests of sessions; no TLS. */
export function socketConnection(socket: Socket): Connection {
  let handlers: ConnectionHandlers | null = null;
  let failure: Error | null = null;
  socket.on("error", (error) => (failure = error));
  socket.on("data", (bytes: Buffer) => handlers?.data(bytes));
  socket.on("drain", () => handlers?.drained());
  socket.on("end", () => handlers?.ended());
  socket.on("close", () => handlers?.closed(failure));
  socket.pause();
  return {
    peer: "unix",
    host: "unix",
    isEncrypted: false,
    certificate: null,
    write: (bytes) => socket.write(bytes),
    pause: () => void socket.pause(),
    resume: () => void socket.resume(),
    end: () => void socket.end(),
    destroy: () => void socket.destroy(),
    handle(given) {
      handlers = given;
      socket.resume();
    },
    acceptTls: () => Promise.reject(new Error("no TLS in this test")),
  };
}

export async function dialSocket(path: string): Promise<Connection> {
  const socket = connect({ path, allowHalfOpen: true });
  await once(socket, "connect");
  return socketConnection(socket);
}

/** A listener on a Unix socket of its own whose sessions are the test's. */
export interface SessionListener extends AsyncDisposable {
  readonly path: string;
  readonly sessions: readonly RunningSession[];
}

export async function listenForSessions(
  open: (client: Connection) => RunningSession,
): Promise<SessionListener> {
  const folder = mkdtempSync(join(tmpdir(), "custody-wire-"));
  const path = join(folder, "s");
  const sessions: RunningSession[] = [];
  const server = createServer({ allowHalfOpen: true }, (socket) =>
    sessions.push(open(socketConnection(socket))),
  );
  server.listen(path);
  await once(server, "listening");
  return {
    path,
    sessions,
    async [Symbol.asyncDispose]() {
      server.close();
      for (const session of sessions) session.destroy();
      await Promise.all(sessions.map((session) => session.closed));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
