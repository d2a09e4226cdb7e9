import { reduceChainRun, unreadChain } from "../chain-run.ts";
import type { ChainRunState } from "../chain-run.ts";
import type { AcceptedRestore, CheckpointFacts, VerifyEvent, VerifyResult } from "./events.ts";

export interface VerifyState extends ChainRunState {
  readonly result: VerifyResult | null;
  /** When it was verified, ISO 8601; null when it was not. */
  readonly verifiedAt: string | null;
  /** In the order of their sizes. */
  readonly checkpoints: readonly CheckpointFacts[];
  readonly accepted: AcceptedRestore | null;
}

export function initialVerifyState(): VerifyState {
  return {
    ...unreadChain,
    result: null,
    verifiedAt: null,
    checkpoints: [],
    accepted: null,
  };
}

export function reduceVerify(state: VerifyState, event: VerifyEvent): VerifyState {
  switch (event.type) {
    case "checkpoint-compared":
      return { ...state, checkpoints: [...state.checkpoints, event.checkpoint] };
    case "restore-accepted":
      return { ...state, accepted: event.accepted };
    case "chain-verified":
      return { ...state, result: event.result, verifiedAt: event.at };
    default:
      return reduceChainRun(state, event);
  }
}
