import type { CheckpointOutcome } from "../../audit/checkpoints/judge-checkpoints.ts";
import type { ChainVerification } from "../../audit/verify-chain.ts";
import type { ChainRunFact } from "../chain-run.ts";

/** A checkpoint that the chain was compared with. */
export interface CheckpointFacts {
  readonly path: string;
  readonly origin: string;
  readonly size: number;
  /** Hex. */
  readonly rootHash: string;
  readonly signedBy: readonly string[];
  readonly cosignedBy: readonly string[];
  readonly outcome: CheckpointOutcome;
}

/** A restore that the operator has just accepted. */
export interface AcceptedRestore {
  /** The checkpoint from which on the chain is signed anew. */
  readonly checkpoint: string;
  readonly origin: string;
  readonly size: number;
}

/** What was found, without what is told in events of its own. */
export type VerifyResult = Omit<ChainVerification, "findings" | "notes" | "mark" | "waypoints">;

export type VerifyEvent =
  | ChainRunFact
  | { readonly type: "checkpoint-compared"; readonly checkpoint: CheckpointFacts }
  /** `at` is ISO 8601, UTC. */
  | { readonly type: "chain-verified"; readonly at: string; readonly result: VerifyResult }
  | { readonly type: "restore-accepted"; readonly accepted: AcceptedRestore };

export type VerifyVerdict = "clean" | "broken" | "restored" | "not-verified";
