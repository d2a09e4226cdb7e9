import type { Chokepoint } from "../../chokepoint/api.ts";
import type { DropMetrics } from "../../chokepoint/faces.ts";
import type { Target } from "../../chokepoint/ports.ts";
import { showBug } from "../../run/show-bug.ts";
import type { WireDecider } from "../sessions/ports.ts";
import { createCancelKeys } from "../sessions/postgres/cancel-keys.ts";
import { openGates } from "./open-gates.ts";
import { openProtocols } from "./open-protocols.ts";
import { openWireDecider } from "./open-wire-decider.ts";
import { startServingProcesses } from "./processes/start-serving-processes.ts";
import type { ServingProcesses } from "./processes/start-serving-processes.ts";
import { createSessionBook } from "./processes/session-counts.ts";
import { noListeners, startListeners } from "./start-listeners.ts";
import type { RunningListeners } from "./start-listeners.ts";
import type { Starting } from "./start-proxy.ts";

interface Parts {
  readonly targets: ReadonlyMap<string, Target>;
  readonly chokepoint: Chokepoint;
  readonly metrics: DropMetrics;
}

/**
 * All sections of `listeners`, and the processes that serve them too; whatever came in is let go before what decides is closed. This
 * process, the first, is number 0.
 */
export async function openListeners(
  { opened, queue, options, drain, stack }: Starting,
  { targets, chokepoint, metrics }: Parts,
): Promise<RunningListeners> {
  const { config, env, processes, program } = options;
  const sections = config.sections.listeners ?? [];
  if (sections.length === 0) return noListeners;
  const warn = (message: string): void => queue.tell({ type: "noted", message });
  const onBug = (error: unknown): void =>
    queue.tell({ type: "alarm", what: "a bug in custody", message: showBug(error) });
  const policies = options.checked.policies;
  const gates = stack.use(await openGates({ targets: policies, ledger: opened.ledger, metrics, env, warn }));
  let serving: ServingProcesses | null = null;
  const cancelKeys = createCancelKeys(async (key) => (await serving?.cancel(key, first)) ?? null);
  const protocols = await openProtocols(new Set(sections.map(({ protocol }) => protocol)), {
    knownFunctions: (speaker) => gates.knownFunctions(speaker),
    cancelKeys,
  });
  const deciders = new Map<string, WireDecider>();
  const book = createSessionBook((process, listener, host) => {
    metrics.sessions(listener, book.total(listener));
    serving?.tellSessions(process, listener, host);
  });
  const listeners = stack.use(
    await startListeners(sections, {
      decider(listener, { policy, target }) {
        const decider = openWireDecider({
          chokepoint,
          policy,
          target,
          isAdmin: (speaker) => speaker.isAdmin,
          metrics,
          drain: drain.signal,
          onBug,
        });
        deciders.set(listener, decider);
        return decider;
      },
      onCount: (count) => book.set(first, count),
      elsewhere: (listener) => book.elsewhere(first, listener),
      metrics,
      targets,
      protocols,
      gates,
      env,
      reusePort: processes > 1,
      warn,
    }),
  );
  if (processes === 1) return listeners;
  const started = await startServingProcesses(processes - 1, {
    listeners,
    targets: policies,
    deciders,
    book,
    cancelKeys,
    metrics,
    record: gates.record,
    program,
    env,
    tell: (event) => queue.tell(event),
  });
  serving = started;
  return stack.use(started.listeners);
}

/** The number of this process. */
const first = 0;
