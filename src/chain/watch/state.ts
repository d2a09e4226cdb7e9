import type { Finding } from "../../audit/finding.ts";
import type { WatchedFacts, WatchEvent, WatchOutcome } from "./events.ts";

/** What a viewer knows. Findings are those that stand: of what is over nothing is kept but counts. */
export interface WatchState {
  readonly chain: WatchedFacts | null;
  readonly outcome: WatchOutcome;
  readonly rows: number | null;
  readonly root: string | null;
  readonly findings: readonly Finding[];
  readonly findingsTotal: number;
  readonly checks: number;
  readonly fullVerifications: number;
  readonly failures: number;
}

export function initialWatchState(): WatchState {
  return {
    chain: null,
    outcome: "not-verified",
    rows: null,
    root: null,
    findings: [],
    findingsTotal: 0,
    checks: 0,
    fullVerifications: 0,
    failures: 0,
  };
}

export function reduceWatch(state: WatchState, event: WatchEvent): WatchState {
  switch (event.type) {
    case "chain-found":
      return { ...state, chain: event.chain };
    case "rows-checked":
      return { ...state, outcome: "clean", rows: event.rows, checks: state.checks + 1 };
    case "chain-verified":
      return {
        ...state,
        outcome: event.outcome,
        rows: event.rows,
        root: event.root,
        findingsTotal: event.findings,
        checks: state.checks + 1,
        fullVerifications: state.fullVerifications + 1,
      };
    case "finding-made":
      return withFindings(state, [...state.findings, event.finding]);
    case "finding-gone":
      return withFindings(
        state,
        state.findings.filter((each) => !isSame(each, event.finding)),
      );
    case "check-failed":
      return { ...state, failures: state.failures + 1 };
    case "state-loaded":
    case "state-begun":
    case "state-unwritable":
    case "connection-made":
    case "identity-changed":
    case "restore-accepted":
    case "server-behind":
    case "block-checked":
    case "suspicion-raised":
    case "suspicion-cleared":
    case "noted":
    case "step-started":
    case "step-progressed":
    case "step-finished":
    case "step-failed":
      return state;
  }
}

/** A finding is told only when it is confirmed; the last that goes leaves the chain as it was verified. */
function withFindings(state: WatchState, findings: readonly Finding[]): WatchState {
  const isRestored = findings.some((each) => each.class === "restored");
  const outcome: WatchOutcome = findings.length === 0 ? "clean" : isRestored ? "restored" : "broken";
  return { ...state, findings, findingsTotal: findings.length, outcome };
}

function isSame(left: Finding, right: Finding): boolean {
  return (
    left.class === right.class &&
    left.position === right.position &&
    left.id === right.id &&
    left.detail === right.detail
  );
}
