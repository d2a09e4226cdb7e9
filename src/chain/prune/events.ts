import type { CheckpointOutcome } from "../../audit/checkpoints/judge-checkpoints.ts";
import type { Extent, YoungRow } from "../../audit/pruning/survey.ts";
import type { ChainRunFact } from "../chain-run.ts";

/** A checkpoint that the chain was compared with. */
export interface ComparedCheckpoint {
  readonly path: string;
  readonly origin: string;
  readonly size: number;
  readonly outcome: CheckpointOutcome;
}

/** Where the chain is cut. Hashes are hex. */
export interface CutFacts extends Extent {
  readonly size: number;
  readonly checkpoint: string;
  readonly rowHash: string;
  readonly rootHash: string;
}

/** Why the chain is cut nowhere. */
export interface NoCut {
  readonly why: "pruned" | "young" | "newest";
  /** The first rows that are too young; a few of them. */
  readonly young: readonly YoungRow[];
}

export interface ArchiveFacts {
  readonly path: string;
  /** Of its report, hex: what the event `audit.pruned` holds. */
  readonly sha256: string;
}

export type PruneEvent =
  | ChainRunFact
  | { readonly type: "checkpoint-compared"; readonly checkpoint: ComparedCheckpoint }
  | {
      readonly type: "chain-verified";
      readonly rowCount: number;
      readonly prunedBefore: number;
      readonly findingsTotal: number;
    }
  | { readonly type: "cut-chosen"; readonly cut: CutFacts }
  | { readonly type: "cut-not-found"; readonly noCut: NoCut }
  | { readonly type: "archive-written"; readonly archive: ArchiveFacts }
  | { readonly type: "chain-pruned"; readonly eventId: string };

export type PruneVerdict = "pruned" | "would-prune" | "nothing-to-prune" | "refused" | "not-run";
