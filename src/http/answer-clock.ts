import type { DropFact } from "../chokepoint/ports.ts";

/** With these whoever asked has an answer. */
const answering = new Set([
  "drop.refused",
  "drop.noop",
  "drop.held",
  "drop.fenced",
  "drop.completed",
  "drop.failed",
  "drop.unknown",
]);

/** Requests that are asked for at once are fewer by far. */
const mostWaiting = 10_000;

/**
 * From a request to its answer, in seconds; null where this fact is no answer, or not the first one. Only of requests that this instance
 * took: what waits for an approval was answered when it was held.
 */
export function createAnswerClock(): { tell(fact: DropFact): number | null } {
  const askedAt = new Map<string, number>();
  return {
    tell({ drop, event, at }) {
      const { dropId } = drop;
      if (event === "drop.requested") {
        askedAt.set(dropId, at.getTime());
        const [oldest] = askedAt.keys();
        if (askedAt.size > mostWaiting && oldest !== undefined) askedAt.delete(oldest);
        return null;
      }
      const asked = askedAt.get(dropId);
      // A session waits for its start alone: the rest is its own time.
      const isStart = event === "drop.started" && drop.statement !== null;
      if (asked === undefined || !(isStart || answering.has(event))) return null;
      askedAt.delete(dropId);
      return Math.max(0, at.getTime() - asked) / 1000;
    },
  };
}
