import { InterruptedError } from "../errors.ts";

/** So many at a time; the others wait for their turn, in the order in which they came. */
export interface Slots {
  /** Rejects with `InterruptedError` when the signal fires before there is one. Disposing gives it back. */
  take(signal: AbortSignal): Promise<Disposable>;
}

export function createSlots(count: number): Slots {
  let free = count;
  const waiting = new Set<() => void>();
  const giveBack = (): void => {
    const [next] = waiting;
    if (next === undefined) {
      free += 1;
      return;
    }
    waiting.delete(next);
    next();
  };
  const slot = (): Disposable => {
    let isTaken = true;
    return {
      [Symbol.dispose]() {
        if (isTaken) giveBack();
        isTaken = false;
      },
    };
  };
  return {
    take(signal) {
      if (signal.aborted) return Promise.reject(new InterruptedError());
      if (free > 0) {
        free -= 1;
        return Promise.resolve(slot());
      }
      return new Promise<Disposable>((resolve, reject) => {
        const turn = (): void => {
          signal.removeEventListener("abort", giveUp);
          resolve(slot());
        };
        const giveUp = (): void => {
          waiting.delete(turn);
          reject(new InterruptedError());
        };
        waiting.add(turn);
        signal.addEventListener("abort", giveUp, { once: true });
      });
    },
  };
}
