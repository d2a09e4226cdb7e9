import type { Target } from "../ports.ts";
import type { Rounds } from "./rounds.ts";

export interface ReconcileLoopOptions {
  readonly targets: readonly Target[];
  readonly rounds: Pick<Rounds, "look">;
  readonly everyMs: number;
  /** How often a canary flies on each target of kind postgres; null: never. */
  readonly canaryEveryMs: number | null;
  readonly signal: AbortSignal;
}

/** Looks at every target again and again, until the signal fires; any number of instances may. Throws what only a bug throws. */
export async function reconcileLoop(options: ReconcileLoopOptions): Promise<void> {
  const { targets, rounds, everyMs, canaryEveryMs, signal } = options;
  let canaryDue = Date.now() + (canaryEveryMs ?? 0);
  while (!signal.aborted) {
    const isCanaryDue = canaryEveryMs !== null && Date.now() >= canaryDue;
    if (isCanaryDue) canaryDue = Date.now() + canaryEveryMs;
    for (const target of targets) {
      if (signal.aborted) return;
      await rounds.look(target, { canary: isCanaryDue });
    }
    await sleep(everyMs, signal);
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
