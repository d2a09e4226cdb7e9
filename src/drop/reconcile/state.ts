import type { ReconcileFact } from "../../chokepoint/reconcile/facts.ts";
import type { StepFact } from "../../run/contract.ts";

export interface ReconcileInput {
  readonly targets: readonly string[];
  readonly canary: boolean;
}

export type ReconcileEvent = StepFact | ReconcileFact;

/**
 * `reconciled`: everything that vanished has its record; `unreconciled`: something has none, stands though it is recorded as destroyed,
 * or the alarm is silent; `unseen`: a target was not looked at, and nothing worse is known.
 */
export type ReconcileVerdict = "reconciled" | "unreconciled" | "unseen" | "not-run";

export interface ReconcileState {
  readonly facts: readonly ReconcileFact[];
}

export function reduceReconcile(state: ReconcileState, event: ReconcileEvent): ReconcileState {
  switch (event.type) {
    case "step-started":
    case "step-progressed":
    case "step-finished":
    case "step-failed":
    case "noted":
      return state;
    default:
      return { facts: [...state.facts, event] };
  }
}

/** What the facts come to. A canary that was dropped is no loss: it was there to be found. */
export function judgeFacts(facts: readonly ReconcileFact[]): Exclude<ReconcileVerdict, "not-run"> {
  if (facts.some(isWrong)) return "unreconciled";
  return facts.some(isUnseen) ? "unseen" : "reconciled";
}

/** Nothing is known of its target: it could not be asked, or somebody else was asking it. */
export function isUnseen(
  fact: ReconcileFact,
): fact is Extract<ReconcileFact, { type: "target-unseen" | "round-elsewhere" }> {
  return fact.type === "target-unseen" || fact.type === "round-elsewhere";
}

export function isWrong(fact: ReconcileFact): boolean {
  return (
    (fact.type === "loss-unattributed" && !fact.isCanary) ||
    fact.type === "drop-orphaned" ||
    fact.type === "canary-silent"
  );
}
