import { InterruptedError } from "../errors.ts";

/** Throws `InterruptedError` when the run was interrupted. Call it between steps and inside long loops. */
export function throwIfInterrupted(signal: AbortSignal): void {
  if (signal.aborted) throw new InterruptedError();
}

/** Settles as `work` does, or rejects with `InterruptedError` as soon as the signal fires; `work` itself goes on. */
export async function interruptible<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  throwIfInterrupted(signal);
  const interrupted = Promise.withResolvers<never>();
  const abort = (): void => interrupted.reject(new InterruptedError());
  signal.addEventListener("abort", abort, { once: true });
  try {
    return await Promise.race([work, interrupted.promise]);
  } finally {
    signal.removeEventListener("abort", abort);
    work.catch(() => undefined);
  }
}
