import { OpsError } from "../errors.ts";
import type { DropRuns } from "./drop-runs.ts";
import type { ChokepointPorts } from "./ports.ts";

const mostAtOnce = 32;
const longestPauseMs = 60_000;

/**
 * Goes on with what waits for somebody: what a dead instance left, holds that expired, retentions that ended. Runs until the signal
 * fires. Any number of instances may do so: a drop is claimed by one.
 */
export function startDropWorker(
  ports: ChokepointPorts,
  runs: DropRuns,
  options: {
    readonly stop: AbortSignal;
    readonly pollMs: number;
    readonly warn: (message: string) => void;
    readonly onBug: (error: unknown) => void;
  },
): { readonly done: Promise<void>; readonly postpone: (dropId: string) => void } {
  const pauses = new Map<string, { readonly untilMs: number; readonly pauseMs: number }>();
  const { stop, pollMs } = options;
  const postpone = (dropId: string): void => {
    const pauseMs = Math.min((pauses.get(dropId)?.pauseMs ?? pollMs / 2) * 2, longestPauseMs);
    pauses.set(dropId, { untilMs: performance.now() + pauseMs, pauseMs });
  };
  const isPaused = (dropId: string): boolean => {
    const pause = pauses.get(dropId);
    return pause !== undefined && pause.untilMs > performance.now();
  };
  let wake = Promise.withResolvers<void>();
  const round = async (): Promise<void> => {
    const due = await ports.ledger.due(ports.now(), mostAtOnce);
    for (const { dropId } of due) {
      if (stop.aborted) return;
      if (runs.isRunning(dropId) || isPaused(dropId)) continue;
      const claimed = await ports.ledger.claim(dropId);
      if (claimed === null) continue;
      // What stops again is told by the runs themselves, and postponed.
      void runs.start(claimed).then(
        (drop) => pauses.delete(drop.dropId),
        () => undefined,
      );
    }
  };
  const loop = async (): Promise<void> => {
    let complained: string | null = null;
    using _moved = ports.ledger.onMoved(() => wake.resolve());
    while (!stop.aborted) {
      wake = Promise.withResolvers<void>();
      try {
        await round();
        complained = null;
      } catch (error) {
        // A bug is told, and keeps nobody's retention waiting for a restart.
        const message = error instanceof Error ? error.message : String(error);
        if (complained !== message) {
          if (error instanceof OpsError) options.warn(`drops wait: ${message}`);
          else options.onBug(error);
        }
        complained = message;
      }
      await rest(wake.promise, pollMs, stop);
    }
  };
  return { done: loop(), postpone };
}

async function rest(wake: Promise<void>, pollMs: number, stop: AbortSignal): Promise<void> {
  const { promise: over, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, pollMs);
  const end = (): void => resolve();
  stop.addEventListener("abort", end, { once: true });
  // A drop that moves wakes whoever waits, but not more than some times a second.
  const soon = wake.then(() => new Promise<void>((done) => void setTimeout(done, pollMs / 5)));
  await Promise.race([over, soon]);
  clearTimeout(timer);
  stop.removeEventListener("abort", end);
}
