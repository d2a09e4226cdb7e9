import { chooseTransport } from "../../src/proxy/adapters/transport/choose-transport.ts";
import { openListener } from "../../src/proxy/adapters/open-listener.ts";
import type { RunningListener } from "../../src/proxy/adapters/open-listener.ts";
import type { ServerTls } from "../../src/proxy/adapters/transport/server-tls.ts";
import type { Place } from "../../src/proxy/adapters/transport/transport.ts";
import { createCancelKeys } from "../../src/proxy/sessions/postgres/cancel-keys.ts";
import { openPostgresSession } from "../../src/proxy/sessions/postgres/open-postgres-session.ts";
import type { PostgresContext } from "../../src/proxy/sessions/postgres/open-postgres-session.ts";
import type { Gate, WireDecider } from "../../src/proxy/sessions/ports.ts";
import { testRecogniser } from "./recogniser.ts";

export interface TestProxy extends AsyncDisposable {
  readonly port: number;
  readonly listener: RunningListener;
  readonly warnings: readonly string[];
  /** How many connections to the server were begun. */
  dialled(): number;
}

export const openGate: Gate = {
  admit: () => ({ kind: "admitted", isAdmin: false }),
  mayTakeOn: () => true,
};

/** A listener of PostgreSQL's protocol in this process, before a server that is there, deciding as the test says. */
export async function startTestProxy(options: {
  readonly server: Place;
  readonly decider: WireDecider;
  readonly gate?: Gate;
  readonly tls?: ServerTls;
  readonly context?: Partial<PostgresContext>;
  readonly most?: number;
}): Promise<TestProxy> {
  const transport = chooseTransport();
  const cancelKeys = createCancelKeys();
  const warnings: string[] = [];
  let dialled = 0;
  const warn = (message: string): void => void warnings.push(message);
  const listener = await openListener(
    {
      name: "test",
      place: { kind: "tcp", host: "127.0.0.1", port: 0 },
      fileMode: 0o600,
      tls: options.tls ?? null,
      reusePort: false,
      most: () => ({ sessions: options.most ?? 5000, perAddress: 5000 }),
      tooMany: new Uint8Array(0),
      warn,
      onCount: () => undefined,
      elsewhere: { all: () => 0, of: () => 0 },
      onTooMany: () => undefined,
      open: (connection, sessionId, drain) =>
        openPostgresSession(connection, {
          listener: "test",
          target: "customers",
          sessionId,
          gate: options.gate ?? openGate,
          decider: options.decider,
          dial(signal) {
            dialled += 1;
            return transport.connect(options.server, signal);
          },
          limits: { startupMs: 5000, wholeBytes: 1 << 20, messageBytes: 1 << 30 },
          warn,
          drain,
          cancelKeys,
          requiresTls: false,
          recogniserFor: () => Promise.resolve(testRecogniser),
          readStartup: () => ({ destructions: [], roles: [] }),
          ...options.context,
        }),
    },
    transport,
  );
  return {
    port: Number(listener.address.split(":")[1]),
    listener,
    warnings,
    dialled: () => dialled,
    [Symbol.asyncDispose]: () => listener[Symbol.asyncDispose](),
  };
}
