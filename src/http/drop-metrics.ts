import { Counter, Gauge, Histogram, Registry } from "prom-client";
import { connectionRefusals } from "../chokepoint/faces.ts";
import type { DropMetrics, MetricsOptions } from "../chokepoint/faces.ts";
import { outcomes } from "../chokepoint/drop.ts";
import { recognisedKinds, wireActions } from "../destruction/wire-kinds.ts";
import { resourceKinds } from "../chokepoint/resource.ts";
import { version } from "../run/version.ts";
import { createAnswerClock } from "./answer-clock.ts";
import { decidedOutcome } from "./decided-outcome.ts";
import { createReconcileMetrics } from "./reconcile-metrics.ts";
import { smokeOutcomes, watchSmokeRuns } from "./smoke-runs.ts";

/** Tombstones by state, as `LedgerCounts` has them. */
const tombstoneStates = ["made", "proved", "encrypted", "unproved", "undone"];

/** The answer waits for the ledger, the target and its sessions (5 s at most), hardly for anything else. */
const buckets = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** See `Faces.openMetrics`. The names and labels are those of formats.md section 6. */
export function createDropMetrics(options: MetricsOptions): DropMetrics {
  const { prefix, targets, protocols, listeners, count, circuit, deniedRoles, stateDir } = options;
  const registry = new Registry();
  const registers = [registry];
  const counter = <Label extends string>(name: string, help: string, labelNames: readonly Label[] = []) =>
    new Counter<Label>({ name: `${prefix}_${name}`, help, labelNames, registers });
  const gauge = <Label extends string>(name: string, help: string, labelNames: readonly Label[] = []) =>
    new Gauge<Label>({ name: `${prefix}_${name}`, help, labelNames, registers });

  const drops = counter("drop_total", "Drops by how they ended, counted by the instance that decided it", [
    "resource_type",
    "backend",
    "outcome",
  ]);
  const seconds = new Histogram({
    name: `${prefix}_drop_seconds`,
    help: "From a request to its answer",
    labelNames: ["resource_type", "backend"],
    buckets,
    registers,
  });
  for (const { resource_type, backend } of labelsOf(targets, protocols)) {
    seconds.zero({ resource_type, backend });
    for (const outcome of outcomes) drops.inc({ resource_type, backend, outcome }, 0);
  }
  const held = gauge("drop_held", "Drops that wait for an approval");
  const tombstones = gauge("tombstones", "Tombstones by state", ["state"]);
  const circuits = gauge("circuit_state", "The breaker of a target: 0 closed, 1 open, 2 half-open", [
    "target",
  ]);
  const ledgerUp = gauge("ledger_up", "Whether the ledger answered when this was asked for");
  gauge("listeners", "Listeners that let sessions in").set(listeners.length);
  const denied = gauge(
    "role_gate_denied_roles",
    "Roles that the gates refuse; 0 where one of them refuses none",
  );
  denied.set(deniedRoles);
  const refusals = counter("connections_refused_total", "Connections that a gate refused, by why", [
    "listener",
    "reason",
  ]);
  const sessions = gauge("sessions", "Sessions that are open", ["listener"]);
  for (const listener of listeners) {
    sessions.set({ listener }, 0);
    for (const reason of connectionRefusals) refusals.inc({ listener, reason }, 0);
  }
  gauge("build_info", "The version of custody", ["version"]).set({ version }, 1);
  const reconciled = createReconcileMetrics({ counter, gauge }, targets);
  const contradicted = counter(
    "drop_contradicted_total",
    "Times that nothing was done of a drop because its row says more than the chain",
  );
  const recognised = counter("recognised_total", "Destructive statements that the wire recognised", [
    "protocol",
    "kind",
    "action",
  ]);
  for (const protocol of protocols)
    for (const kind of recognisedKinds[protocol])
      for (const action of wireActions) recognised.inc({ protocol, kind, action }, 0);
  const breaks = counter("chain_break_detected_total", "Verifications that found the ledger's chain broken");
  const verifications = counter("chain_verify_total", "Verifications of the ledger's chain, by verdict", [
    "outcome",
  ]);
  for (const outcome of ["clean", "broken"]) verifications.inc({ outcome }, 0);
  const rows = gauge("chain_rows", "Rows of the ledger's chain when it was last verified");
  const verifiedAt = gauge(
    "chain_last_verified_timestamp_seconds",
    "When the ledger's chain was last verified without findings",
  );
  verifiedAt.set(NaN);
  const smokes = counter("smoke_total", "Proofs of a backup on this machine, by outcome", ["outcome"]);
  for (const outcome of smokeOutcomes) smokes.inc({ outcome }, 0);
  const smokeAt = gauge("smoke_last_success_timestamp_seconds", "When a backup was last proved to restore");
  const rto = gauge("smoke_rto_seconds", "Seconds that the last restore took");
  const rpo = gauge("smoke_rpo_seconds", "Age of the newest event, or of the archive, when it was proved");

  const smokeRuns = watchSmokeRuns(stateDir);
  const clock = createAnswerClock();

  const readLedger = async (): Promise<void> => {
    const counts = await count().catch(() => null);
    ledgerUp.set(counts === null ? 0 : 1);
    held.set(counts?.held ?? NaN);
    for (const state of tombstoneStates)
      tombstones.set({ state }, counts === null ? NaN : (counts.tombstones[state] ?? 0));
  };
  const readSmokeRuns = async (): Promise<void> => {
    const seen = await smokeRuns.look();
    for (const outcome of seen.newOutcomes) smokes.inc({ outcome });
    smokeAt.set(seen.lastSuccessSeconds ?? NaN);
    rto.set(seen.rtoSeconds ?? NaN);
    rpo.set(seen.rpoSeconds ?? NaN);
  };

  return {
    tell(fact) {
      const { request, placement: backend } = fact.drop;
      const labels = { resource_type: request.resourceType, backend };
      const outcome = decidedOutcome(fact);
      if (outcome !== null) drops.inc({ ...labels, outcome });
      const took = clock.tell(fact);
      if (took !== null) seconds.observe(labels, took);
    },
    reconciled,
    contradicted: () => contradicted.inc(),
    connectionRefused: (listener, reason) => refusals.inc({ listener, reason }),
    gatesDeny: (roles) => denied.set(roles),
    sessions: (listener, open) => sessions.set({ listener }, open),
    recognised: (protocol, kind, action) => recognised.inc({ protocol, kind, action }),
    chainVerified({ isSound, rows: walked, at }) {
      verifications.inc({ outcome: isSound ? "clean" : "broken" });
      // What was counted up to a break is no count of the chain: the last one stays.
      if (walked !== null) rows.set(walked);
      if (isSound) verifiedAt.set(at.getTime() / 1000);
      else breaks.inc();
    },
    async expose() {
      await Promise.all([readLedger(), readSmokeRuns()]);
      for (const { name } of targets) circuits.set({ target: name }, circuit(name));
      // The library writes Nan, which not every reader takes.
      return (await registry.metrics()).replaceAll(/ Nan$/gm, " NaN");
    },
  };
}

/** What can be asked for, and what the sessions of a listener can do themselves. */
function labelsOf(
  targets: MetricsOptions["targets"],
  protocols: MetricsOptions["protocols"],
): readonly { readonly resource_type: string; readonly backend: string }[] {
  const types = Object.entries(resourceKinds);
  const pairs = new Set(
    targets.flatMap(({ kind, placement }) =>
      [
        ...types.filter(([, each]) => each.target === kind).map(([type]) => type),
        ...protocols.filter((each) => each === kind).flatMap((each) => recognisedKinds[each]),
      ].map((type) => `${type} ${placement}`),
    ),
  );
  return [...pairs].map((pair) => {
    const [resource_type = "", backend = ""] = pair.split(" ");
    return { resource_type, backend };
  });
}
