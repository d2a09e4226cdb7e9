import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chooseTransport } from "../../src/proxy/adapters/transport/choose-transport.ts";
import type { ServerTls } from "../../src/proxy/adapters/transport/server-tls.ts";
import type { Connection } from "../../src/proxy/sessions/connection.ts";
import type { RunningSession } from "../../src/proxy/sessions/ports.ts";

const transport = chooseTransport();

export function dialSocket(path: string): Promise<Connection> {
  return transport.connect({ kind: "unix", path }, new AbortController().signal);
}

/** A listener on a Unix socket of its own whose sessions are the test's. */
export interface SessionListener extends AsyncDisposable {
  readonly path: string;
  readonly sessions: readonly RunningSession[];
}

export async function listenForSessions(
  open: (client: Connection) => RunningSession,
  tls: ServerTls | null = null,
): Promise<SessionListener> {
  const folder = mkdtempSync(join(tmpdir(), "custody-wire-"));
  const path = join(folder, "s");
  const sessions: RunningSession[] = [];
  const listening = await transport.listen({
    place: { kind: "unix", path },
    tls,
    reusePort: false,
    fileMode: 0o600,
    onConnection: (client) => void sessions.push(open(client)),
  });
  return {
    path,
    sessions,
    async [Symbol.asyncDispose]() {
      await listening.close();
      for (const session of sessions) session.destroy();
      await Promise.all(sessions.map((session) => session.closed));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
