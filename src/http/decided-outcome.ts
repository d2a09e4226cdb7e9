import type { Outcome } from "../chokepoint/drop.ts";
import type { DropFact } from "../chokepoint/ports.ts";

/** The events that say how a drop ended, each the first to do so. */
const deciding = new Set([
  "drop.refused",
  "drop.noop",
  "drop.denied",
  "drop.expired",
  "drop.cancelled",
  "drop.fenced",
  "drop.failed",
  "drop.unknown",
]);

/**
 * The outcome that this fact decided; null where it decided none. From the event alone, so that an instance that was started in between
 * counts nothing again: what was fenced is `ok` by then, and its completion is no second drop. `unknown` is an outcome of its own, and
 * what is found out later another.
 */
export function decidedOutcome({ drop, event }: DropFact): Outcome | null {
  if (deciding.has(event)) return drop.outcome;
  return event === "drop.completed" && drop.fencedAt === null ? drop.outcome : null;
}
