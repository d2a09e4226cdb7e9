import type { Finding } from "../../audit/finding.ts";
import type { ChainVerification } from "../../audit/verify-chain.ts";
import type { ChainFacts, VerifyEvent } from "./events.ts";

export interface VerifyState {
  readonly chain: ChainFacts | null;
  readonly result: Omit<ChainVerification, "findings" | "notes"> | null;
  readonly findings: readonly Finding[];
  readonly notes: readonly string[];
}

export function initialVerifyState(): VerifyState {
  return { chain: null, result: null, findings: [], notes: [] };
}

export function reduceVerify(state: VerifyState, event: VerifyEvent): VerifyState {
  switch (event.type) {
    case "chain-found":
      return { ...state, chain: event.chain };
    case "finding-made":
      return { ...state, findings: [...state.findings, event.finding] };
    case "chain-verified":
      return { ...state, result: event.result };
    case "noted":
      return { ...state, notes: [...state.notes, event.message] };
    case "step-started":
    case "step-progressed":
    case "step-finished":
    case "step-failed":
      return state;
  }
}
