import type { Fact, StepFact } from "../run/contract.ts";

const types: ReadonlySet<string> = new Set<StepFact["type"]>([
  "step-started",
  "step-progressed",
  "step-finished",
  "step-failed",
  "noted",
]);

/** The fact as one that every viewer understands; null for a feature's own. */
export function readStepFact(event: Fact): StepFact | null {
  return isStepFact(event) ? event : null;
}

/** These types are reserved: a feature gives them no other meaning. */
function isStepFact(event: Fact): event is StepFact {
  return types.has(event.type);
}
