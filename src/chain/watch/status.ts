import type { WatchedFacts, WatchOutcome } from "./events.ts";

export const watchOutcomes = [
  "clean",
  "broken",
  "restored",
  "not-verified",
] as const satisfies readonly WatchOutcome[];

/** What metrics and health are made of. Times are Unix milliseconds, null before the first. */
export interface WatchStatus {
  readonly chain: WatchedFacts | null;
  readonly isConnected: boolean;
  /** Why the last check could not be made; null when it could. */
  readonly problem: string | null;
  /** Why what is known could not be written down; null when it could. */
  readonly stateProblem: string | null;
  /** The last check that could be made, whatever it found. */
  readonly checkedAt: number | null;
  /** The last verification without findings, of the new rows or of all. */
  readonly verifiedAt: number | null;
  /** Every row that was there then has been hashed again since. */
  readonly allReadSince: number | null;
  readonly rows: number;
  readonly verifications: Readonly<Record<WatchOutcome, number>>;
  /** All that were ever made, each once while it stayed. */
  readonly findingsSeen: number;
  /** Those that stand now. */
  readonly findingsNow: number;
  readonly reconnects: number;
  readonly intervalMs: number;
  /** How long the last check took. */
  readonly checkMs: number;
}

export function initialStatus(intervalMs: number): WatchStatus {
  return {
    chain: null,
    isConnected: false,
    problem: null,
    stateProblem: null,
    checkedAt: null,
    verifiedAt: null,
    allReadSince: null,
    rows: 0,
    verifications: { clean: 0, broken: 0, restored: 0, "not-verified": 0 },
    findingsSeen: 0,
    findingsNow: 0,
    reconnects: 0,
    intervalMs,
    checkMs: 0,
  };
}
