import type { Chokepoint } from "../../chokepoint/api.ts";
import type { DropMetrics } from "../../chokepoint/faces.ts";
import type { Target } from "../../chokepoint/ports.ts";
import { parsePlace } from "../../config/listen-place.ts";
import type { ListenerSection } from "../../config/listener-schema.ts";
import type { Environment } from "../../postgres/settings.ts";
import { readListenerPolicy } from "../policy/listener-policy.ts";
import type { Connection } from "../sessions/connection.ts";
import type { RunningSession, SessionContext, SessionLimits } from "../sessions/ports.ts";
import { openDialer } from "./dial/open-dialer.ts";
import type { Gates } from "./open-gates.ts";
import { openListener } from "./open-listener.ts";
import type { RunningListener } from "./open-listener.ts";
import { chooseTransport } from "./transport/choose-transport.ts";
import { serverTlsOf } from "./server-tls-of.ts";
import { openWireDecider } from "./open-wire-decider.ts";
import type { ProtocolName } from "./open-protocols.ts";
import type { WireProtocol } from "./wire-protocols.ts";

/** What all listeners of a process share. */
export interface ListenerParts {
  readonly chokepoint: Chokepoint;
  readonly metrics: Pick<DropMetrics, "recognised" | "sessions" | "connectionRefused">;
  readonly targets: ReadonlyMap<string, Target>;
  readonly protocols: ReadonlyMap<ProtocolName, WireProtocol>;
  readonly gates: Pick<Gates, "gateFor">;
  readonly env: Environment;
  readonly reusePort: boolean;
  /** Fires before the listeners drain: what waits for people is told no. */
  readonly drain: AbortSignal;
  readonly warn: (message: string) => void;
  readonly onBug: (error: unknown) => void;
}

const usualLimits: SessionLimits = { startupMs: 15_000, wholeBytes: 1 << 20, messageBytes: (1 << 30) - 1 };
const mostSessions = 10_000;

/** Listens for one section of `listeners` when it resolves. Throws `bad-config`. */
export async function startListener(
  section: ListenerSection,
  parts: ListenerParts,
): Promise<RunningListener> {
  const transport = chooseTransport();
  const target = parts.targets.get(section.target);
  if (target === undefined)
    throw new Error(`the configuration was judged, and has no target ${section.target}`);
  const dialer = await openDialer(target.policy, { transport, env: parts.env });
  const policy = readListenerPolicy(section);
  const gate = parts.gates.gateFor(section);
  const protocol = parts.protocols.get(section.protocol);
  if (protocol === undefined) throw new Error(`${section.protocol} was not opened`);
  const warn = (message: string): void => parts.warn(`${section.name}: ${message}`);
  const decider = openWireDecider({
    chokepoint: parts.chokepoint,
    policy: () => policy,
    target,
    isAdmin: (speaker) => speaker.isAdmin,
    metrics: parts.metrics,
    drain: parts.drain,
    onBug: parts.onBug,
  });
  const limits = readLimits(section);
  const context = (sessionId: string, drain: AbortSignal): SessionContext => ({
    listener: section.name,
    target: section.target,
    sessionId,
    gate,
    decider,
    dial: (signal) => dialer.dial(signal),
    limits,
    warn,
    drain,
  });
  return await openListener(
    {
      name: section.name,
      place: parsePlace(section.listen),
      fileMode: Number.parseInt(section.socket_mode ?? "600", 8),
      tls: serverTlsOf(section),
      reusePort: parts.reusePort,
      most: {
        sessions: section.limits?.connections ?? mostSessions,
        perAddress: section.limits?.per_address ?? mostSessions,
      },
      tooMany: protocol.tooMany,
      warn,
      onCount: (open) => parts.metrics.sessions(section.name, open),
      onTooMany: () => parts.metrics.connectionRefused(section.name, "limit"),
      open: (connection: Connection, sessionId, drain): RunningSession =>
        protocol.open(connection, context(sessionId, drain), section.tls?.required === true),
    },
    transport,
  );
}

function readLimits({ limits }: ListenerSection): SessionLimits {
  return {
    startupMs: limits?.startup ?? usualLimits.startupMs,
    wholeBytes: limits?.whole_bytes ?? usualLimits.wholeBytes,
    messageBytes: limits?.message_bytes ?? usualLimits.messageBytes,
  };
}

/** Listeners that run. Disposing drains them. */
export interface RunningListeners extends AsyncDisposable {
  /** Nobody is let in any more; idle sessions end at once, others get the time that their section gives them. */
  drain(): Promise<void>;
  readonly places: readonly {
    readonly name: string;
    readonly protocol: string;
    readonly target: string;
    readonly address: string;
  }[];
}

const usualDrainMs = 10_000;

/** All of them, or none: what was opened is closed when one cannot be had. Throws `bad-config`. */
export async function startListeners(
  sections: readonly ListenerSection[],
  parts: ListenerParts,
): Promise<RunningListeners> {
  await using stack = new AsyncDisposableStack();
  const running: RunningListener[] = [];
  for (const section of sections) running.push(stack.use(await startListener(section, parts)));
  const owned = stack.move();
  let draining: Promise<void> | null = null;
  const drain = (): Promise<void> => (draining ??= drainAll(running, sections));
  return {
    drain,
    places: sections.map(({ name, protocol, target }, index) => ({
      name,
      protocol,
      target,
      address: running[index]?.address ?? "",
    })),
    async [Symbol.asyncDispose]() {
      await drain();
      await owned.disposeAsync();
    },
  };
}

async function drainAll(
  running: readonly RunningListener[],
  sections: readonly ListenerSection[],
): Promise<void> {
  await Promise.all(running.map((listener, index) => listener.drain(sections[index]?.drain ?? usualDrainMs)));
}

export const noListeners: RunningListeners = {
  places: [],
  drain: () => Promise.resolve(),
  [Symbol.asyncDispose]: () => Promise.resolve(),
};
