import { InterruptedError } from "../../errors.ts";
import type { Environment } from "../../postgres/settings.ts";
import type { Target } from "../ports.ts";
import type { ReconcileFact } from "./facts.ts";
import { flyCanary } from "./fly-canary.ts";
import type { InventoryStoreOptions } from "./inventory-store.ts";
import { reconcileTarget } from "./reconcile-target.ts";

export interface ReconcileLoopOptions {
  readonly targets: readonly Target[];
  /** The ledger's database, as `openLedger` was given it; its tables are there. */
  readonly store: Omit<InventoryStoreOptions, "signal">;
  readonly everyMs: number;
  /** How often a canary flies on each target of kind postgres; null: never. */
  readonly canaryEveryMs: number | null;
  readonly env: Environment;
  /** Never throws, never waits. */
  readonly tell: (fact: ReconcileFact) => void;
  readonly signal: AbortSignal;
}

/** Looks at every target again and again, until the signal fires; any number of instances may. Throws what only a bug throws. */
export async function reconcileLoop(options: ReconcileLoopOptions): Promise<void> {
  const { targets, everyMs, canaryEveryMs, env, tell, signal } = options;
  const store = { ...options.store, signal };
  let canaryDue = Date.now() + (canaryEveryMs ?? 0);
  while (!signal.aborted) {
    const isCanaryDue = canaryEveryMs !== null && Date.now() >= canaryDue;
    if (isCanaryDue) canaryDue = Date.now() + canaryEveryMs;
    for (const target of targets) {
      if (signal.aborted) return;
      const facts = await look(target, isCanaryDue && target.policy.kind === "postgres").catch(
        (error: unknown) => {
          if (error instanceof InterruptedError) return [];
          throw error;
        },
      );
      for (const fact of facts) tell(fact);
    }
    await sleep(everyMs, signal);
  }

  function look(target: Target, isCanary: boolean): Promise<readonly ReconcileFact[]> {
    return isCanary ? flyCanary(target, store, env, signal) : reconcileTarget(target, store, signal);
  }
}

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    function done(): void {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    }
    signal.addEventListener("abort", done);
    if (signal.aborted) done();
  });
}
