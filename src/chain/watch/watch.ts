import type { Finding } from "../../audit/finding.ts";
import type { ChainMark } from "../../audit/waypoints.ts";
import type { WatchOutcome } from "./events.ts";
import type { WatchInput } from "./input.ts";
import type { WatchMemory } from "./memory.ts";
import { initialStatus } from "./status.ts";
import type { WatchStatus } from "./status.ts";

/** What a running watch holds in its hands; of it only `memory` outlives the process. Nothing here grows with time. */
export interface Watch {
  /** Null until the chain has been verified once. */
  memory: WatchMemory | null;
  /** As it stands in the file. */
  saved: WatchMemory | null;
  /** Findings of the last reading of everything; at most as many as a verification lists. */
  standing: readonly Finding[];
  standingTotal: number;
  /** What the incremental reading said right after findings were confirmed: another answer is a reason to read all again. */
  standingSuspicions: string | null;
  /** When the last check began. */
  lastNow: number;
  /** When everything may be read again without a new reason. */
  nextWholeAt: number;
  /** When the incremental reading may be made again while findings stand. */
  nextLookAt: number;
  /** Whether a standby that has not replayed what was verified was told of, and still has not. */
  isBehind: boolean;
  /** What the chain begins with, as the last reading saw it. */
  base: ChainMark | null;
  /** Of profiles that are read as a whole: what the chain looked like then. */
  look: string | null;
  status: WatchStatus;
}

export function createWatch(input: WatchInput): Watch {
  return {
    memory: null,
    saved: null,
    standing: [],
    standingTotal: 0,
    standingSuspicions: null,
    lastNow: 0,
    nextWholeAt: 0,
    nextLookAt: 0,
    isBehind: false,
    base: null,
    look: null,
    status: initialStatus(input.interval),
  };
}

/** Whether the machine's clock was set back since the last check. */
export function hasTurnedBack(watch: Watch, now: number): boolean {
  return now < watch.lastNow;
}

/** Times of a clock that was set back would be waited for as long as it was ahead. */
export function forgetDeadlines(watch: Watch): void {
  watch.nextWholeAt = 0;
  watch.nextLookAt = 0;
}

/** Counts a verification, and notes what it saw. */
export function countVerification(watch: Watch, outcome: WatchOutcome, rows: number, now: number): void {
  const { status } = watch;
  watch.status = {
    ...status,
    rows,
    verifications: { ...status.verifications, [outcome]: status.verifications[outcome] + 1 },
    verifiedAt: outcome === "clean" ? now : status.verifiedAt,
    allReadSince: watch.memory?.allReadSince ?? status.allReadSince,
  };
}
