import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import type { Connection } from "../../src/proxy/sessions/connection.ts";
import type { RunningSession, SessionContext, SessionLimits } from "../../src/proxy/sessions/ports.ts";
import type { ServerTls } from "../../src/proxy/adapters/transport/server-tls.ts";
import type { Listening, Transport } from "../../src/proxy/adapters/transport/transport.ts";
import { connectionOf, dialPort } from "./wire-connection.ts";
import { toldDecider, toldGate } from "./wire-decider.ts";
import type { ToldDecider, ToldGate } from "./wire-decider.ts";

/** A listener whose sessions are all in front of one server, with a gate and a decider that do as they are told. */
export interface WireListener extends AsyncDisposable {
  readonly port: number;
  gate: ToldGate;
  readonly decider: ToldDecider;
  readonly sessions: RunningSession[];
  readonly warnings: string[];
  readonly drain: AbortController;
}

export async function startWireListener(options: {
  readonly serverPort: number;
  readonly open: (client: Connection, context: SessionContext) => RunningSession;
  readonly limits?: Partial<SessionLimits>;
  /** The real network in place of the small one of the tests. */
  readonly over?: { readonly transport: Transport; readonly tls: ServerTls | null };
}): Promise<WireListener> {
  const drain = new AbortController();
  const { over, serverPort } = options;
  const accept = (client: Connection): void => {
    const context: SessionContext = {
      listener: "front",
      target: "customers",
      sessionId: `s-${String(listener.sessions.length + 1).padStart(16, "0")}`,
      gate: listener.gate,
      decider: listener.decider,
      dial: (signal) =>
        over === undefined
          ? dialPort(serverPort)
          : over.transport.connect({ kind: "tcp", host: "127.0.0.1", port: serverPort }, signal),
      limits: {
        startupMs: 10_000,
        wholeBytes: 1 << 20,
        messageBytes: 64 << 20,
        ...options.limits,
      },
      warn: (message) => void listener.warnings.push(message),
      drain: drain.signal,
    };
    listener.sessions.push(options.open(client, context));
  };
  const listening =
    over === undefined
      ? await listenPlainly(accept)
      : await over.transport.listen({
          place: { kind: "tcp", host: "127.0.0.1", port: 0 },
          tls: over.tls,
          reusePort: false,
          fileMode: 0o600,
          onConnection: accept,
        });
  const listener: WireListener = {
    port: listening.port,
    gate: toldGate(),
    decider: toldDecider(),
    sessions: [],
    warnings: [],
    drain,
    async [Symbol.asyncDispose]() {
      for (const each of listener.sessions) each.destroy();
      await Promise.all(listener.sessions.map((each) => each.closed));
      await listening.close();
    },
  };
  return listener;
}

async function listenPlainly(
  accept: (client: Connection) => void,
): Promise<Pick<Listening, "port" | "close">> {
  const server = createServer({ allowHalfOpen: true }, (socket) => accept(connectionOf(socket)));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
