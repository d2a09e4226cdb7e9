import type { WatchStatus } from "./status.ts";

export interface Health {
  readonly isGood: boolean;
  /** Each a sentence; none when all is good. */
  readonly reasons: readonly string[];
}

/** A check may be late by two intervals, and by what it takes itself, before nobody may rely on it. */
export function judgeHealth(status: WatchStatus, nowMs: number): Health {
  const allowedMs = Math.max(3 * status.intervalMs, 5000) + 2 * status.checkMs;
  const reasons = [
    ...(status.findingsNow > 0 ? [`the chain has ${status.findingsNow} findings`] : []),
    ...(status.problem === null ? [] : [`the last check could not be made: ${status.problem}`]),
    ...(status.stateProblem === null ? [] : [`the state cannot be written: ${status.stateProblem}`]),
    ...lateness(status, nowMs, allowedMs),
  ];
  return { isGood: reasons.length === 0, reasons };
}

function lateness(status: WatchStatus, nowMs: number, allowedMs: number): readonly string[] {
  if (status.checkedAt === null) return ["nothing has been verified since the start"];
  const agoMs = nowMs - status.checkedAt;
  return agoMs <= allowedMs ? [] : [`the last check was ${Math.round(agoMs / 1000)} s ago`];
}
