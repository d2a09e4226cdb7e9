import { connect, createServer } from "node:net";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Connection } from "../../src/proxy/sessions/connection.ts";
import type { RunningSession } from "../../src/proxy/sessions/ports.ts";
import { connectionOf } from "./wire-connection.ts";

export async function dialSocket(path: string): Promise<Connection> {
  const socket = connect({ path, allowHalfOpen: true });
  await once(socket, "connect");
  return connectionOf(socket);
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
  const server = createServer({ allowHalfOpen: true }, (socket) => sessions.push(open(connectionOf(socket))));
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
