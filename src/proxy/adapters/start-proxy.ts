import { availableParallelism } from "node:os";
import { createBreakers } from "../../chokepoint/breakers.ts";
import type { Chokepoint } from "../../chokepoint/api.ts";
import type { ApiServer, DropMetrics } from "../../chokepoint/faces.ts";
import { openTargets } from "../../chokepoint/open-targets.ts";
import type { Breakers, Target } from "../../chokepoint/ports.ts";
import { reconcileLoop } from "../../chokepoint/reconcile/reconcile-loop.ts";
import { createRounds } from "../../chokepoint/reconcile/rounds.ts";
import type { Rounds } from "../../chokepoint/reconcile/rounds.ts";
import type { RunningProxy } from "../ports.ts";
import { describeReconciliation } from "./describe-reconciliation.ts";
import { factOf } from "./fact-of.ts";
import type { FactQueue } from "./fact-queue.ts";
import type { ProxyLedger } from "./open-ledger.ts";
import { openDecider } from "./open-decider.ts";
import { countDeniedRoles } from "../gate/count-denied-roles.ts";
import { openListeners } from "./open-listeners.ts";
import type { RunningListeners } from "./start-listeners.ts";
import { isSameApi } from "../what-needs-restart.ts";
import { reloadOnHangup } from "./reload-on-hangup.ts";
import type { PortOptions } from "./proxy-ports.ts";
import { showBug } from "../../run/show-bug.ts";

const usualReconcileMs = 5 * 60_000;

/** What the parts of a start share. */
export interface Starting {
  readonly opened: ProxyLedger;
  readonly queue: FactQueue;
  readonly options: PortOptions;
  /** Fires when custody is told to end: nobody waits for people any more, and sessions go on to their next idle point. */
  readonly drain: AbortController;
  /** Fires before anything is closed: what was begun is stopped where it is. */
  readonly stop: AbortController;
  /** Closes what was opened, the last first. */
  readonly stack: AsyncDisposableStack;
}

/** From a verified ledger to a custody that answers. Whatever fails, what was opened is closed. */
export async function startProxy(
  opened: ProxyLedger,
  queue: FactQueue,
  options: PortOptions,
): Promise<RunningProxy> {
  await using stack = new AsyncDisposableStack();
  const [drain, stop] = [new AbortController(), new AbortController()];
  const starting: Starting = { opened, queue, options, stack, drain, stop };
  // What is not running yet has nothing to drain.
  using starts = stopWith(options.signal, starting);
  const targets = await reachTargets(starting);
  const breakers = createBreakers(options.checked.policies);
  const metrics = await openMetrics(starting, breakers);
  const rounds = openRounds(starting, metrics);
  const chokepoint = openDecider(starting, { targets, breakers, rounds, metrics });
  await tellFacts(starting, chokepoint, metrics);
  guardLedger(starting, metrics);
  reconcile(starting, targets, rounds);
  const listeners = await openListeners(starting, { targets, chokepoint, metrics });
  const api = await listen(starting, chokepoint, metrics);
  const started = await describeStart(starting, chokepoint, { api, listeners: listeners.places });
  starts[Symbol.dispose]();
  reload(starting, { listeners, metrics, api });
  const owned = stack.move();
  const drainAll = async (): Promise<void> => {
    drain.abort();
    await listeners.drain();
  };
  return {
    started,
    facts: (until) => queue.read(until),
    drain: drainAll,
    async [Symbol.asyncDispose]() {
      await drainAll();
      stop.abort();
      await owned.disposeAsync();
    },
  };
}

function stopWith(signal: AbortSignal, { stop }: Starting): Disposable {
  const stopNow = (): void => stop.abort();
  signal.addEventListener("abort", stopNow, { once: true });
  return { [Symbol.dispose]: () => signal.removeEventListener("abort", stopNow) };
}

async function reachTargets({ options, stack }: Starting): Promise<ReadonlyMap<string, Target>> {
  const { checked, env } = options;
  const targets = await openTargets(checked.policies, { env, jobs: Math.min(4, availableParallelism()) });
  for (const { backend } of targets.values()) stack.defer(() => backend.close());
  return targets;
}

async function openMetrics({ opened, options }: Starting, breakers: Breakers): Promise<DropMetrics> {
  const { config, checked, faces } = options;
  const sections = config.sections.listeners ?? [];
  return await faces.openMetrics({
    prefix: config.metrics.prefix,
    targets: checked.policies,
    protocols: [...new Set(sections.map(({ protocol }) => protocol))],
    listeners: sections.map(({ name }) => name),
    count: () => opened.ledger.count(),
    circuit: (target) => breakers.state(target),
    deniedRoles: countDeniedRoles(sections),
    stateDir: config.stateDir,
  });
}

/** Of whoever asks for one: the loop, and callers over HTTP. */
function openRounds({ opened, queue, options, stop, stack }: Starting, metrics: DropMetrics): Rounds {
  const rounds = createRounds({
    store: opened.store,
    env: options.env,
    tell(fact) {
      metrics.reconciled(fact);
      const event = describeReconciliation(fact);
      if (event !== null) queue.tell(event);
    },
    signal: stop.signal,
  });
  stack.defer(async () => {
    stop.abort();
    await rounds.settled();
  });
  return rounds;
}

/** Each fact to the metrics, the log and whoever looks at the screen. */
async function tellFacts(
  { queue, options, stack }: Starting,
  chokepoint: Chokepoint,
  metrics: DropMetrics,
): Promise<void> {
  const { faces, logLevel, stderr } = options;
  const log = await faces.openDropLog({ level: logLevel, write: (text) => stderr.write(text) });
  stack.use(
    chokepoint.follow((fact) => {
      metrics.tell(fact);
      log.tell(fact);
      queue.tell(factOf(fact));
    }),
  );
}

/** Checkpoints, and the whole chain again and again. */
function guardLedger({ opened, queue, stack }: Starting, metrics: DropMetrics): void {
  stack.use(
    opened.guard((event) => {
      if (event.type === "ledger-verified")
        metrics.chainVerified({ isSound: true, rows: event.rows, at: new Date() });
      if (event.type === "alarm" && event.what === "chain-broken")
        metrics.chainVerified({ isSound: false, rows: null, at: new Date() });
      queue.tell(event);
    }),
  );
}

function reconcile(
  { queue, options, stop, stack }: Starting,
  targets: ReadonlyMap<string, Target>,
  rounds: Rounds,
): void {
  const { every, canary } = options.config.sections.reconcile ?? {};
  const reconciling = reconcileLoop({
    targets: Array.from(targets.values()),
    rounds,
    everyMs: every ?? usualReconcileMs,
    canaryEveryMs: canary ?? null,
    signal: stop.signal,
  }).catch((error: unknown) => {
    queue.tell({ type: "alarm", what: "a bug in custody", message: showBug(error) });
  });
  stack.defer(async () => {
    stop.abort();
    await reconciling;
  });
}

/** Null where `http.listen` is not given. */
async function listen(
  { queue, options, stack }: Starting,
  chokepoint: Chokepoint,
  metrics: DropMetrics,
): Promise<ApiServer | null> {
  const { config, checked, faces } = options;
  const { http } = config.sections;
  if (http?.listen === undefined) return null;
  return stack.use(
    await faces.serveApi({
      chokepoint,
      http,
      targets: checked.policies,
      metrics,
      warn(message) {
        // What was told before anything was opened is not told again.
        if (!checked.open.includes(message)) queue.tell({ type: "noted", message });
      },
      // Who asks is let go while sessions drain.
      signal: options.signal,
    }),
  );
}

interface Reloaded {
  readonly listeners: RunningListeners;
  readonly metrics: Pick<DropMetrics, "gatesDeny">;
  readonly api: ApiServer | null;
}

/** At SIGHUP. */
function reload({ queue, options, stack }: Starting, { listeners, metrics, api }: Reloaded): void {
  stack.use(
    reloadOnHangup({
      running: options,
      onHangup: options.onHangup,
      read: options.read,
      listeners,
      tell: (event) => queue.tell(event),
      onTaken({ http }) {
        metrics.gatesDeny(countDeniedRoles(listeners.inForce()));
        if (http !== undefined && isSameApi(options.config.sections.http, http)) api?.replace(http);
      },
    }),
  );
}

async function describeStart(
  { opened, options }: Starting,
  chokepoint: Chokepoint,
  {
    api,
    listeners,
  }: { readonly api: ApiServer | null; readonly listeners: RunningProxy["started"]["listeners"] },
): Promise<RunningProxy["started"]> {
  const health = await chokepoint.ready();
  return {
    type: "proxy-started",
    api: api?.address ?? null,
    ledger: opened.address,
    listeners,
    targets: options.checked.policies.map(({ name, kind }) => ({
      name,
      kind,
      reachable: health.some((each) => each.name === `target ${name}` && each.isOk),
    })),
  };
}
