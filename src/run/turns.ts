import { throwIfInterrupted } from "./interrupt.ts";

/** Lets signals, timers and viewers have a turn within work that never waits. */
export interface Turns {
  /** Null while it is not time yet, which it is most of the time; else to be awaited. Rejects with `InterruptedError` once the signal has fired. */
  take(): Promise<void> | null;
}

/** Others get a turn after so much work. */
const turnMs = 40;

export function createTurns(signal: AbortSignal): Turns {
  let began = performance.now();
  return {
    take() {
      if (performance.now() - began < turnMs) return null;
      return new Promise<void>((resolve, reject) => {
        setImmediate(() => {
          began = performance.now();
          try {
            throwIfInterrupted(signal);
            resolve();
          } catch (error) {
            reject(error);
          }
        });
      });
    },
  };
}
