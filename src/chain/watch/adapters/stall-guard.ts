/** Ends what waits for a server that is gone without a word: a power failure sends no RST, and TCP waits a quarter of an hour. */
export interface StallGuard extends Disposable {
  /** Fires once the server has been silent for long and has twice not answered when it was called. */
  readonly signal: AbortSignal;
  /** Says that something came. */
  heard(): void;
  /** Watches over one piece of work. */
  during<T>(work: () => Promise<T>): Promise<T>;
}

interface StallOptions {
  /** How long silence is nothing to wonder at: a server may think for long before the first row. Milliseconds. */
  readonly patienceMs: number;
  /** Calls the same server on another connection; rejects when it does not answer. */
  readonly call: () => Promise<void>;
}

const mostMissed = 2;

export function createStallGuard({ patienceMs, call }: StallOptions): StallGuard {
  const controller = new AbortController();
  let busy = 0;
  let heardAt = performance.now();
  let missed = 0;
  let isCalling = false;

  const look = async (): Promise<void> => {
    if (busy === 0 || isCalling || performance.now() - heardAt < patienceMs) return;
    isCalling = true;
    try {
      await call();
      missed = 0;
    } catch {
      // Why it does not answer matters to the next connection, which tells.
      missed += 1;
    }
    isCalling = false;
    if (missed >= mostMissed && busy > 0) controller.abort();
  };
  const timer = setInterval(() => void look(), patienceMs / 2);
  timer.unref();

  const heard = (): void => {
    heardAt = performance.now();
    missed = 0;
  };
  return {
    signal: controller.signal,
    heard,
    async during(work) {
      heard();
      busy += 1;
      try {
        return await work();
      } finally {
        busy -= 1;
      }
    },
    [Symbol.dispose]: () => clearInterval(timer),
  };
}
