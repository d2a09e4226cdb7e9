import type { ChainFacts } from "../open-chain.ts";
import type { Finding } from "../../audit/finding.ts";
import type { AcceptedRestore, CheckpointFacts, VerifyEvent, VerifyResult } from "./events.ts";

export interface VerifyState {
  readonly chain: ChainFacts | null;
  readonly result: VerifyResult | null;
  /** When it was verified, ISO 8601; null when it was not. */
  readonly verifiedAt: string | null;
  /** In the order of their sizes. */
  readonly checkpoints: readonly CheckpointFacts[];
  readonly accepted: AcceptedRestore | null;
  readonly findings: readonly Finding[];
  readonly notes: readonly string[];
}

export function initialVerifyState(): VerifyState {
  return {
    chain: null,
    result: null,
    verifiedAt: null,
    checkpoints: [],
    accepted: null,
    findings: [],
    notes: [],
  };
}

export function reduceVerify(state: VerifyState, event: VerifyEvent): VerifyState {
  switch (event.type) {
    case "chain-found":
      return { ...state, chain: event.chain };
    case "checkpoint-compared":
      return { ...state, checkpoints: [...state.checkpoints, event.checkpoint] };
    case "restore-accepted":
      return { ...state, accepted: event.accepted };
    case "finding-made":
      return { ...state, findings: [...state.findings, event.finding] };
    case "chain-verified":
      return { ...state, result: event.result, verifiedAt: event.at };
    case "noted":
      return { ...state, notes: [...state.notes, event.message] };
    case "step-started":
    case "step-progressed":
    case "step-finished":
    case "step-failed":
      return state;
  }
}
