import { randomUUID } from "node:crypto";
import { availableParallelism } from "node:os";
import { createTerminality } from "../../chokepoint/ask-platform.ts";
import { createBreakers } from "../../chokepoint/breakers.ts";
import type { CheckedConfiguration } from "../../chokepoint/check-configuration.ts";
import { openChokepoint } from "../../chokepoint/chokepoint.ts";
import type { Faces } from "../../chokepoint/faces.ts";
import { withFailpoints } from "../../chokepoint/failpoints.ts";
import { openTargets } from "../../chokepoint/open-targets.ts";
import { reconcileLoop } from "../../chokepoint/reconcile/reconcile-loop.ts";
import { createRounds } from "../../chokepoint/reconcile/rounds.ts";
import { openTombstoneFiles } from "../../chokepoint/tombstone-files.ts";
import type { ServerConfig } from "../../config/load-server.ts";
import type { LogLevel, Writer } from "../../run/shell.ts";
import type { Environment } from "../../postgres/settings.ts";
import type { ProxyPorts, RunningProxy } from "../ports.ts";
import { describeReconciliation } from "./describe-reconciliation.ts";
import { createFactQueue } from "./fact-queue.ts";
import type { FactQueue } from "./fact-queue.ts";
import { factOf } from "./fact-of.ts";
import { openProxyLedger } from "./open-ledger.ts";
import type { ProxyLedger } from "./open-ledger.ts";
import { stopAt } from "./stop-at.ts";

interface PortOptions {
  readonly config: ServerConfig;
  readonly checked: CheckedConfiguration;
  readonly faces: Faces;
  readonly env: Environment;
  /** For people: who holds what. */
  readonly instanceName: string;
  readonly signal: AbortSignal;
  readonly stderr: Writer;
  readonly logLevel: LogLevel;
}

const usualReconcileMs = 5 * 60_000;

/** Facts that wait for a viewer who is slow. */
const mostFacts = 10_000;

/** The real thing behind every port of the proxy. */
export function openProxyPorts(options: PortOptions): ProxyPorts<ProxyLedger> {
  const queue = createFactQueue(mostFacts);
  return {
    warnings: options.checked.open,
    openLedger: () =>
      openProxyLedger({
        ...options,
        onTrouble: (error) => queue.tell({ type: "alarm", what: "ledger-down", message: error.message }),
      }),
    start: (ledger) => startProxy(ledger, queue, options),
  };
}

async function startProxy(
  opened: ProxyLedger,
  queue: FactQueue,
  options: PortOptions,
): Promise<RunningProxy> {
  const { config, checked, faces, env, signal, stderr, logLevel } = options;
  const { policies } = checked;
  const { http } = config.sections;
  await using stack = new AsyncDisposableStack();
  // What was begun is stopped where it is before its ledger and its targets are closed.
  const stop = new AbortController();
  const stopNow = (): void => stop.abort();
  signal.addEventListener("abort", stopNow, { once: true });
  stack.defer(() => signal.removeEventListener("abort", stopNow));
  const targets = await openTargets(policies, { env, jobs: Math.min(4, availableParallelism()) });
  for (const { backend } of targets.values()) stack.defer(() => backend.close());
  const breakers = createBreakers(policies);
  const ports = {
    targets,
    ledger: opened.ledger,
    tombstones: openTombstoneFiles({ env }),
    terminality: createTerminality(env),
    breakers,
    now: () => new Date(),
    newDropId: () => randomUUID(),
  };
  const failpoint = Number.parseInt(env["CUSTODY_FAILPOINT"] ?? "", 10);
  // One drop stands still; the others, and the answers to everybody else, go on.
  const alarmBug = (error: unknown): void =>
    queue.tell({ type: "alarm", what: "a bug in custody", message: showBug(error) });
  const metrics = await faces.openMetrics({
    prefix: config.metrics.prefix,
    targets: policies,
    protocols: [],
    count: () => opened.ledger.count(),
    circuit: (target) => breakers.state(target),
    deniedRoles: 0,
    stateDir: config.stateDir,
  });
  const rounds = createRounds({
    store: opened.store,
    env,
    tell(fact) {
      if (fact.type === "loss-unattributed") metrics.unattributed();
      if (fact.type === "drop-orphaned") metrics.orphaned();
      const event = describeReconciliation(fact);
      if (event !== null) queue.tell(event);
    },
    signal: stop.signal,
  });
  stack.defer(async () => {
    stop.abort();
    await rounds.settled();
  });
  const chokepoint = openChokepoint(
    Number.isNaN(failpoint)
      ? ports
      : withFailpoints(ports, stopAt(failpoint, env["CUSTODY_FAILPOINT_UNTIL"] ?? null)),
    {
      stop: stop.signal,
      tombstonesAtOnce: Math.max(1, Math.floor(availableParallelism() / 2)),
      pollMs: 1000,
      rounds,
      warn: (message) => queue.tell({ type: "noted", message }),
      // One drop stands still; the others, and the answers to everybody else, go on.
      onBug: (error) => queue.tell({ type: "alarm", what: "a bug in custody", message: showBug(error) }),
    },
  );
  stack.defer(async () => {
    stop.abort();
    await chokepoint.done;
  });
  const log = await faces.openDropLog({ level: logLevel, write: (text) => stderr.write(text) });
  stack.use(
    chokepoint.follow((fact) => {
      metrics.tell(fact);
      log.tell(fact);
      queue.tell(factOf(fact));
    }),
  );
  stack.use(
    opened.guard((event) => {
      if (event.type === "ledger-verified")
        metrics.chainVerified({ isSound: true, rows: event.rows, at: new Date() });
      if (event.type === "alarm" && event.what === "chain-broken")
        metrics.chainVerified({ isSound: false, rows: 0, at: new Date() });
      queue.tell(event);
    }),
  );
  const reconciling = reconcileLoop({
    targets: Array.from(targets.values()),
    rounds,
    everyMs: config.sections.reconcile?.every ?? usualReconcileMs,
    canaryEveryMs: config.sections.reconcile?.canary ?? null,
    signal: stop.signal,
  }).catch(alarmBug);
  stack.defer(async () => {
    stop.abort();
    await reconciling;
  });
  const api =
    http?.listen === undefined
      ? null
      : stack.use(
          await faces.serveApi({
            chokepoint,
            http,
            targets: policies,
            metrics,
            warn(message) {
              // What was told before anything was opened is not told again.
              if (!checked.open.includes(message)) queue.tell({ type: "noted", message });
            },
            signal: stop.signal,
          }),
        );
  const health = await chokepoint.ready();
  const owned = stack.move();
  return {
    started: {
      type: "proxy-started",
      api: api?.address ?? null,
      ledger: opened.address,
      targets: policies.map(({ name, kind }) => ({
        name,
        kind,
        reachable: health.some((each) => each.name === `target ${name}` && each.isOk),
      })),
    },
    facts: (until) => queue.read(until),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

function showBug(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
