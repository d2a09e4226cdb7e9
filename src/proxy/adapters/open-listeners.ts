import type { Chokepoint } from "../../chokepoint/api.ts";
import type { DropMetrics } from "../../chokepoint/faces.ts";
import type { Target } from "../../chokepoint/ports.ts";
import { parsePlace } from "../../config/listen-place.ts";
import { showBug } from "../../run/show-bug.ts";
import type { WireDecider } from "../sessions/ports.ts";
import { createCancelKeys } from "../sessions/postgres/cancel-keys.ts";
import { openGates } from "./open-gates.ts";
import { openProtocols } from "./open-protocols.ts";
import { openWireDecider } from "./open-wire-decider.ts";
import { createServingProcesses } from "./processes/serving-processes.ts";
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
  const isShared = processes > 1 && sections.some(({ listen }) => parsePlace(listen).kind === "tcp");
  const warn = (message: string): void => queue.tell({ type: "noted", message });
  const onBug = (error: unknown): void =>
    queue.tell({ type: "alarm", what: "a bug in custody", message: showBug(error) });
  const policies = options.checked.policies;
  const gates = stack.use(await openGates({ targets: policies, ledger: opened.ledger, metrics, env, warn }));
  const cancelKeys = createCancelKeys((key) => serving.cancel(key, first));
  const protocols = await openProtocols(new Set(sections.map(({ protocol }) => protocol)), {
    knownFunctions: (speaker) => gates.knownFunctions(speaker),
    cancelKeys,
  });
  const deciders = new Map<string, WireDecider>();
  const book = createSessionBook((process, listener, host) => {
    metrics.sessions(listener, book.total(listener));
    serving.tellSessions(process, listener, host);
  });
  const serving = createServingProcesses({
    targets: policies,
    deciders,
    book,
    cancelHere: (key) => cancelKeys.cancelHere(key),
    metrics,
    record: gates.record,
    program,
    env,
    tell: (event) => queue.tell(event),
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
      ports: isShared ? "shared-first" : "own",
      warn,
    }),
  );
  if (!isShared) {
    if (processes > 1)
      warn(`--processes ${processes}: no listener has a port, so this process is the only one`);
    return listeners;
  }
  return stack.use(await serving.start(processes - 1, listeners));
}

/** The number of this process. */
const first = 0;
