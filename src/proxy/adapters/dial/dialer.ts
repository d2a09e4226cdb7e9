import { InterruptedError, OpsError } from "../../../errors.ts";
import type { Connection } from "../../sessions/connection.ts";

/** Reaches one target, again and again: what it reads of files, it reads once. */
export interface Dialer {
  /** A connection on which nothing was said that the session has to know of. Rejects with `OpsError`, and with `InterruptedError` once the signal fires. */
  dial(signal: AbortSignal): Promise<Connection>;
}

/** One try, within its time. What it was given up for is thrown whatever the work makes of it. */
export async function within<T>(
  timeoutMs: number,
  where: string,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  if (signal.aborted) throw new InterruptedError();
  const stop = new AbortController();
  const onAbort = (): void => stop.abort(new InterruptedError());
  signal.addEventListener("abort", onAbort, { once: true });
  const timer = setTimeout(() => stop.abort(noAnswer(where)), timeoutMs);
  try {
    return await work(stop.signal);
  } catch (error) {
    throw stop.signal.aborted ? stop.signal.reason : error;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", onAbort);
  }
}

function noAnswer(where: string): OpsError {
  return new OpsError(
    "unreachable",
    `cannot reach ${where}: no answer in time`,
    "check the target's URL, that its server is alive, and the firewalls in between",
  );
}

/** What was made once; what failed is tried again. */
export function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | null = null;
  return async () => {
    made ??= make();
    try {
      return await made;
    } catch (error) {
      made = null;
      throw error;
    }
  };
}
