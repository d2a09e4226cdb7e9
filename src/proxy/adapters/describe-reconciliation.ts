import type { ReconcileFact } from "../../chokepoint/reconcile/facts.ts";
import type { ProxyEvent } from "../events.ts";

/** What a viewer is told of a round; null for what is as it should be. Pure. */
export function describeReconciliation(fact: ReconcileFact): ProxyEvent | null {
  switch (fact.type) {
    case "loss-unattributed":
      // It was there to be missed: that it was is told by itself.
      if (fact.isCanary) return null;
      return {
        type: "alarm",
        what: "unattributed drop",
        message: `the ${fact.part} ${fact.name} of ${fact.target} is gone, and the ledger has no drop of it (last seen ${fact.lastSeen})`,
      };
    case "drop-orphaned":
      return {
        type: "alarm",
        what: "orphaned drop",
        message: `the ${fact.part} ${fact.name} of ${fact.target} stands there against what is recorded: ${fact.reason}${fact.dropId === null ? "" : ` (drop ${fact.dropId})`}`,
      };
    case "canary-silent":
      return {
        type: "alarm",
        what: "the alarm is silent",
        message: `the canary ${fact.name} of ${fact.target} was dropped around custody, and no round told of it`,
      };
    case "canary-heard":
      return {
        type: "noted",
        message: `the canary ${fact.name} of ${fact.target} was missed: the alarm works`,
      };
    case "target-unseen":
      return { type: "noted", message: `${fact.target} cannot be reconciled: ${fact.error}` };
    case "loss-attributed":
    case "loss-pending":
    case "thing-renamed":
    case "thing-changed":
    case "round-finished":
    case "round-elsewhere":
    case "canary-made":
    case "canary-dropped":
      return null;
  }
}
