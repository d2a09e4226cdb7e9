/** A pass is paced to end a little earlier than asked for, so that an interval's delay does not make it late. */
const share = 0.9;

/**
 * How many parts of history must have been read so long after a pass over it began, so that all are when `fullEveryMs`
 * has passed. All times in milliseconds.
 */
export function partsDue(pass: {
  readonly elapsedMs: number;
  readonly fullEveryMs: number;
  readonly parts: number;
}): number {
  const reached = pass.elapsedMs / (pass.fullEveryMs * share);
  return Math.min(Math.max(Math.floor(reached * pass.parts), 0), pass.parts);
}

/**
 * Whether what is known was written down by a clock that was ahead of the one now, by more than a pass ends early: history would
 * wait to be read again until that time has come.
 */
export function isAhead(
  memory: { readonly pass: { readonly startedAt: number }; readonly allReadSince: number },
  now: number,
  fullEveryMs: number,
): boolean {
  return Math.max(memory.pass.startedAt, memory.allReadSince) - now > fullEveryMs * (1 - share);
}

/** What is read as a whole is read at most so often: ten times as long is left in peace as the reading took. */
const restFactor = 10;

export function nextWholeReading(endedAt: number, tookMs: number, intervalMs: number): number {
  return endedAt + Math.max(intervalMs, restFactor * tookMs);
}

/** NOTIFY wakes a watch early, but no more often than ten times in an interval. */
export function leastRestMs(intervalMs: number): number {
  return Math.round(intervalMs / 10);
}
