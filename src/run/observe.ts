import type { Envelope } from "./contract.ts";
import type { Observer } from "./execute.ts";

/** Stands between a run that waits for nobody and a viewer that may be slow. */
export interface BoundedObserver extends Observer {
  /** Facts that the viewer was not shown, because it was too far behind. */
  dropped(): number;
}

/**
 * Shows facts to `viewer` one at a time, each when what the one before made it write has been taken (`taken`). At most
 * `capacity` wait; what comes then is dropped, and an `events-dropped` fact with their count, in the place of the last of them, tells
 * so. At the end everything that still waits is shown.
 */
export function boundedObserver(
  viewer: Observer,
  { capacity, taken }: { readonly capacity: number; readonly taken: () => Promise<void> },
): BoundedObserver {
  const waiting: Envelope[] = [];
  let isShowing = false;
  let dropped = 0;
  let gap: { count: number; last: Envelope } | null = null;

  const tellGap = (): void => {
    if (gap === null) return;
    const event = { type: "events-dropped", count: gap.count };
    const envelope = { ...gap.last, event };
    gap = null;
    viewer.event(envelope);
  };

  const show = async (): Promise<void> => {
    isShowing = true;
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      viewer.event(next);
      await taken();
    }
    isShowing = false;
    tellGap();
  };

  return {
    event(envelope) {
      if (waiting.length < capacity && gap === null) waiting.push(envelope);
      else {
        dropped += 1;
        gap = { count: (gap?.count ?? 0) + 1, last: envelope };
      }
      if (!isShowing) void show();
    },
    ended(report) {
      for (const each of waiting.splice(0)) viewer.event(each);
      tellGap();
      viewer.ended(report);
    },
    dropped: () => dropped,
  };
}
