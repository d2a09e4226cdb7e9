/**
 * What must still be done when the process leaves without unwinding: at a second Ctrl-C, or after a bug. Entries are
 * synchronous, quick, and never the only clean-up (`await using` is); whatever they miss is swept at the next start.
 */
const cleanups = new Set<() => void>();

export function beforeForcedExit(cleanup: () => void): Disposable {
  cleanups.add(cleanup);
  return { [Symbol.dispose]: () => void cleanups.delete(cleanup) };
}

/** Runs what is registered, newest first; one that throws does not stop the others. */
export function cleanUpForced(): void {
  for (const cleanup of [...cleanups].reverse()) {
    try {
      cleanup();
    } catch {
      // The process is leaving: the next start sweeps what is left.
    }
  }
  cleanups.clear();
}
