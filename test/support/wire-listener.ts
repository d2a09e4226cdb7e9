import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import type { Connection } from "../../src/proxy/sessions/connection.ts";
import type { RunningSession, SessionContext, SessionLimits } from "../../src/proxy/sessions/ports.ts";
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
}): Promise<WireListener> {
  const drain = new AbortController();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    const context: SessionContext = {
      listener: "front",
      target: "customers",
      sessionId: `s-${String(listener.sessions.length + 1).padStart(16, "0")}`,
      gate: listener.gate,
      decider: listener.decider,
      dial: () => dialPort(options.serverPort),
      limits: {
        startupMs: 10_000,
        wholeBytes: 1 << 20,
        messageBytes: 64 << 20,
        ...options.limits,
      },
      warn: (message) => void listener.warnings.push(message),
      drain: drain.signal,
    };
    listener.sessions.push(options.open(connectionOf(socket), context));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const listener: WireListener = {
    port: (server.address() as AddressInfo).port,
    gate: toldGate(),
    decider: toldDecider(),
    sessions: [],
    warnings: [],
    drain,
    async [Symbol.asyncDispose]() {
      for (const each of listener.sessions) each.destroy();
      await Promise.all(listener.sessions.map((each) => each.closed));
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return listener;
}
