import type { DropMetrics } from "../../chokepoint/faces.ts";
import type { Target } from "../../chokepoint/ports.ts";
import { parsePlace } from "../../config/listen-place.ts";
import type { ListenPlace } from "../../config/listen-place.ts";
import type { ListenerSection } from "../../config/listener-schema.ts";
import type { Environment } from "../../postgres/settings.ts";
import type { Connection } from "../sessions/connection.ts";
import type { RunningSession, SessionContext, WireDecider } from "../sessions/ports.ts";
import { isSameListener } from "../what-needs-restart.ts";
import { openDialer } from "./dial/open-dialer.ts";
import type { Gates } from "./open-gates.ts";
import { gateOf, readTerms } from "./listener-terms.ts";
import type { ListenerTerms } from "./listener-terms.ts";
import { openListener } from "./open-listener.ts";
import type { RunningListener } from "./open-listener.ts";
import type { SessionCount, SessionsElsewhere } from "./processes/session-counts.ts";
import { chooseTransport } from "./transport/choose-transport.ts";
import type { Transport } from "./transport/transport.ts";
import type { WireDeciderOptions } from "./open-wire-decider.ts";
import type { ProtocolName } from "./open-protocols.ts";
import type { WireProtocol } from "./wire-protocols.ts";

/** What all listeners of a process share. */
export interface ListenerParts {
  /** Of one listener, by the policy that it has at the time. */
  readonly decider: (listener: string, parts: Pick<WireDeciderOptions, "policy" | "target">) => WireDecider;
  readonly metrics: Pick<DropMetrics, "connectionRefused">;
  /** Told how many sessions of a listener there are, of all and of an address, whenever that changes. */
  readonly onCount: (count: SessionCount) => void;
  readonly elsewhere: (listener: string) => SessionsElsewhere;
  readonly targets: ReadonlyMap<string, Target>;
  readonly protocols: ReadonlyMap<ProtocolName, WireProtocol>;
  readonly gates: Pick<Gates, "gateFor">;
  readonly env: Environment;
  /** Whether other processes listen on the ports, too: this one before them, or after the first. */
  readonly ports: "own" | "shared-first" | "shared";
  readonly warn: (message: string) => void;
}

/** One listener that runs by terms which may be replaced. */
interface StartedListener {
  readonly running: RunningListener;
  /** As it goes by now. */
  readonly section: () => ListenerSection;
  readonly terms: () => ListenerTerms;
  /** For logins, statements and handshakes from now on. */
  replace(section: ListenerSection, terms: ListenerTerms): void;
}

/** Listens for one section of `listeners` when it resolves. Throws `bad-config`. */
async function startListener(section: ListenerSection, parts: ListenerParts): Promise<StartedListener> {
  const transport = chooseTransport();
  const target = parts.targets.get(section.target);
  if (target === undefined)
    throw new Error(`the configuration was judged, and has no target ${section.target}`);
  const dialer = await openDialer(target.policy, { transport, env: parts.env });
  let inForce = section;
  let terms = readTerms(section, parts.gates);
  const gate = gateOf(() => terms);
  const protocol = parts.protocols.get(section.protocol);
  if (protocol === undefined) throw new Error(`${section.protocol} was not opened`);
  const warn = (message: string): void => parts.warn(`${section.name}: ${message}`);
  const decider = parts.decider(section.name, { policy: () => terms.policy, target });
  const context = (sessionId: string, drain: AbortSignal): SessionContext => ({
    listener: section.name,
    target: section.target,
    sessionId,
    gate,
    decider,
    dial: (signal) => dialer.dial(signal),
    limits: terms.limits,
    warn,
    drain,
  });
  const place = parsePlace(section.listen);
  if (parts.ports === "shared-first") await requireFree(place, transport);
  const running = await openListener(
    {
      name: section.name,
      place,
      fileMode: Number.parseInt(section.socket_mode ?? "600", 8),
      tls: terms.tls,
      reusePort: parts.ports !== "own",
      most: () => terms.most,
      tooMany: protocol.tooMany,
      warn,
      onCount: (all, host, ofHost) => parts.onCount({ listener: section.name, host, all, ofHost }),
      elsewhere: parts.elsewhere(section.name),
      onTooMany: () => parts.metrics.connectionRefused(section.name, "limit"),
      open: (connection: Connection, sessionId, drain): RunningSession =>
        protocol.open(connection, context(sessionId, drain), terms.requiresTls),
    },
    transport,
  );
  return {
    running,
    section: () => inForce,
    terms: () => terms,
    replace(now, read) {
      inForce = now;
      terms = read;
      running.setTls(read.tls);
    },
  };
}

/** Of a port that is shared the kernel takes any process of this user's: a second custody would go unseen. Throws `bad-config`. */
async function requireFree(place: ListenPlace, transport: Transport): Promise<void> {
  if (place.kind === "unix" || place.port === 0) return;
  const alone = await transport.listen({
    place,
    tls: null,
    reusePort: false,
    fileMode: 0,
    onConnection: (connection) => connection.destroy(),
  });
  await alone.close();
}

/** Listeners that run. Disposing drains them. */
export interface RunningListeners extends AsyncDisposable {
  /** What the listeners go by now. */
  inForce(): readonly ListenerSection[];
  /** Nobody is let in any more; idle sessions end at once, others get the time that their section gives them. */
  drain(): Promise<void>;
  /**
   * Reads what the listeners that run are to go by from now on; what it returns replaces it, and gives their names. One that is not the
   * same any more, or gone, goes on as it was. Rejects with `OpsError`, and has replaced nothing then.
   */
  prepare(sections: readonly ListenerSection[]): Promise<() => Promise<readonly string[]>>;
  readonly places: readonly {
    readonly name: string;
    readonly protocol: string;
    readonly target: string;
    readonly address: string;
  }[];
}

/** All of them, or none: what was opened is closed when one cannot be had. Throws `bad-config`. */
export async function startListeners(
  sections: readonly ListenerSection[],
  parts: ListenerParts,
): Promise<RunningListeners> {
  await using stack = new AsyncDisposableStack();
  const all: StartedListener[] = [];
  for (const section of sections) {
    const started = await startListener(section, parts);
    stack.use(started.running);
    all.push(started);
  }
  const owned = stack.move();
  let draining: Promise<unknown> | null = null;
  const drain = async (): Promise<void> => {
    draining ??= Promise.all(all.map(({ running, terms }) => running.drain(terms().drainMs)));
    await draining;
  };
  return {
    drain,
    places: all.map(({ running, section }) => {
      const { name, protocol, target } = section();
      return { name, protocol, target, address: running.address };
    }),
    inForce: () => all.map(({ section }) => section()),
    async prepare(now) {
      const prepared = all.flatMap((each) => {
        const section = now.find(({ name }) => name === each.section().name);
        if (section === undefined || !isSameListener(each.section(), section)) return [];
        return [{ each, section, terms: readTerms(section, parts.gates) }];
      });
      return async () => {
        for (const { each, section, terms } of prepared) each.replace(section, terms);
        return prepared.map(({ section }) => section.name);
      };
    },
    async [Symbol.asyncDispose]() {
      await drain();
      await owned.disposeAsync();
    },
  };
}

export const noListeners: RunningListeners = {
  places: [],
  inForce: () => [],
  drain: () => Promise.resolve(),
  prepare: () => Promise.resolve(() => Promise.resolve([])),
  [Symbol.asyncDispose]: () => Promise.resolve(),
};
