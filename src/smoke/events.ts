import type { Assertion, ProofDifference, ProofVerdict } from "../backup/proof/verdict.ts";
import type { StepFact } from "../run/contract.ts";

export type SmokeVerdict = ProofVerdict;

export type SmokeMode = "self" | "live" | "archive" | "restored";

/** What the chain looked like on one side; all null but `phase` in a database without a chain. */
export interface ChainPhase {
  readonly phase: "pre" | "post";
  readonly row_count: number | null;
  readonly chain_head_hash: string | null;
  /** `""` when clean. */
  readonly first_break_id: string | null;
  /** -1 when clean. */
  readonly first_break_pos: number | null;
  readonly verifier_walked: number | null;
}

/** A fault planted in the restored database, inside a transaction that is always rolled back. */
export interface PlantedFault {
  readonly group: FaultGroup;
  readonly fault: string;
  /** The comparator that must see it. */
  readonly comparator: string;
  readonly object: string;
  readonly detected: boolean;
}

export const faultGroups = ["data", "structure", "sequences", "access", "chain"] as const;
export type FaultGroup = (typeof faultGroups)[number];

export interface ArchiveFacts {
  readonly path: string;
  readonly format: string;
  readonly compression: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly createdAt: string | null;
  readonly serverVersion: string | null;
  readonly entries: number;
}

export interface ContentFacts {
  readonly tables: number;
  readonly rows: number;
  readonly bytes: number;
  readonly objects: number;
}

export type SmokeEvent =
  | StepFact
  /** Tool or server name → version and folder, such as `pg_dump: "15.18 (/usr/lib/postgresql/15/bin)"`. */
  | { readonly type: "tools-chosen"; readonly tools: Readonly<Record<string, string>> }
  | {
      readonly type: "source-opened";
      readonly address: string;
      readonly database: string;
      readonly serverVersion: string;
      readonly snapshot: string | null;
      readonly isStandby: boolean;
    }
  | { readonly type: "archive-made" | "archive-opened"; readonly archive: ArchiveFacts }
  | {
      readonly type: "manifest-read" | "manifest-written" | "evidence-written" | "dump-written";
      readonly path: string;
    }
  | { readonly type: "chain-read"; readonly chain: ChainPhase; readonly profile: string | null }
  | { readonly type: "contents-read"; readonly phase: "pre" | "post"; readonly contents: ContentFacts }
  | {
      readonly type: "restored";
      readonly seconds: number;
      readonly measuredOn: string;
      readonly serverVersion: string;
      readonly address: string;
    }
  | {
      readonly type: "restore-error";
      readonly class: string;
      readonly entry: string;
      readonly message: string;
      readonly isBenign: boolean;
    }
  | {
      readonly type: "recovery-point-measured";
      readonly seconds: number;
      readonly from: "newest-event" | "archive";
    }
  | { readonly type: "difference-found"; readonly difference: ProofDifference }
  | { readonly type: "assertion-checked"; readonly assertion: Assertion }
  | { readonly type: "fault-planted"; readonly fault: PlantedFault }
  /** An archive that does not hold what it should: shown as an error beside the verdict. */
  | { readonly type: "archive-damaged"; readonly message: string; readonly hint: string }
  /** `at` is Unix time in seconds. */
  | { readonly type: "proof-concluded"; readonly at: number }
  | { readonly type: "kept"; readonly what: string; readonly connect: string };
