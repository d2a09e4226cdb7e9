import type { ProxyEvent } from "../events.ts";

/** Facts between those who tell and one who reads: so many wait, and what comes then is counted. */
export interface FactQueue {
  tell(event: ProxyEvent): void;
  /** Until the signal fires: what was told by then is read. */
  read(signal: AbortSignal): AsyncGenerator<ProxyEvent, void>;
}

export function createFactQueue(capacity: number): FactQueue {
  const waiting: ProxyEvent[] = [];
  let lost = 0;
  let wake = Promise.withResolvers<void>();
  return {
    tell(event) {
      if (waiting.length < capacity) waiting.push(event);
      else lost += 1;
      wake.resolve();
    },
    async *read(signal) {
      const end = (): void => wake.resolve();
      signal.addEventListener("abort", end);
      try {
        for (;;) {
          for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) yield next;
          if (lost > 0) {
            const count = lost;
            lost = 0;
            yield { type: "facts-lost", count };
          }
          if (signal.aborted) return;
          await wake.promise;
          wake = Promise.withResolvers<void>();
        }
      } finally {
        signal.removeEventListener("abort", end);
      }
    },
  };
}
