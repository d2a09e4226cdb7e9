import type { Connection } from "../../src/proxy/sessions/connection.ts";
import type { Speaker, WireDecider } from "../../src/proxy/sessions/ports.ts";
import { Relay } from "../../src/proxy/sessions/postgres/relay.ts";
import { openGate } from "./postgres-session.ts";
import { testRecogniser } from "./recogniser.ts";

const speaker: Speaker = {
  sessionId: "s-1",
  listener: "l",
  target: "t",
  protocol: "postgres",
  role: "app",
  otherRoles: [],
  isAdmin: false,
  database: "d",
  peer: "unix",
  certificate: null,
  applicationName: "",
};

/** A session of an application's role, behind its start-up, between two connections of a test's own; `warned` is added to. */
export function relayBetween(
  client: Connection,
  server: Connection,
  options: {
    readonly decider: WireDecider;
    readonly warned: string[];
    readonly wholeBytes: number;
    readonly messageBytes: number;
  },
): Relay {
  const { decider, warned, wholeBytes, messageBytes } = options;
  return new Relay({
    client,
    server,
    context: {
      listener: "l",
      target: "t",
      sessionId: "s-1",
      gate: openGate,
      decider,
      dial: () => Promise.reject(new Error("dialled already")),
      limits: { startupMs: 1000, wholeBytes, messageBytes },
      warn: (each) => void warned.push(each),
      drain: new AbortController().signal,
    },
    speaker: () => speaker,
    takeOn: () => undefined,
    recogniser: testRecogniser,
    isAdmin: false,
    isReplication: false,
    onKey: () => undefined,
  });
}
