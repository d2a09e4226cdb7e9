import type { Counter, Gauge } from "prom-client";
import type { MetricsOptions } from "../chokepoint/faces.ts";
import type { ReconcileFact } from "../chokepoint/reconcile/facts.ts";

interface Makers {
  readonly counter: <Label extends string>(
    name: string,
    help: string,
    labelNames?: readonly Label[],
  ) => Counter<Label>;
  readonly gauge: <Label extends string>(
    name: string,
    help: string,
    labelNames?: readonly Label[],
  ) => Gauge<Label>;
}

/** The series of reconciliation; the sink counts each fact once, when it is told. */
export function createReconcileMetrics(
  { counter, gauge }: Makers,
  targets: MetricsOptions["targets"],
): (fact: ReconcileFact) => void {
  const unattributed = counter("drop_unattributed_total", "Resources that vanished with no record of a drop");
  const orphaned = counter("drop_orphaned_total", "Drops on record whose resource is still there");
  const canaries = counter(
    "canary_total",
    "Canaries dropped round the gate, by whether a round missed them",
    ["target", "outcome"],
  );
  const lookedAt = gauge(
    "reconcile_last_success_timestamp_seconds",
    "When a round of this instance last saw the target",
    ["target"],
  );
  for (const { name: target, kind } of targets) {
    lookedAt.set({ target }, NaN);
    // Only PostgreSQL has canaries.
    if (kind !== "postgres") continue;
    for (const outcome of ["heard", "silent"]) canaries.inc({ target, outcome }, 0);
  }

  return (fact) => {
    const { target } = fact;
    switch (fact.type) {
      case "loss-unattributed":
        // What custody dropped itself was no theft; whether the round missed it is told by a fact of its own.
        if (!fact.isCanary) unattributed.inc();
        return;
      case "drop-orphaned":
        orphaned.inc();
        return;
      case "canary-heard":
        canaries.inc({ target, outcome: "heard" });
        return;
      case "canary-silent":
        canaries.inc({ target, outcome: "silent" });
        return;
      case "round-finished":
        lookedAt.set({ target }, Date.now() / 1000);
        return;
      case "loss-attributed":
      case "loss-pending":
      case "thing-renamed":
      case "thing-changed":
      case "target-unseen":
      case "round-elsewhere":
      case "canary-made":
      case "canary-dropped":
        return;
    }
  };
}
