import type { Finding } from "../../audit/finding.ts";
import type { StepFact } from "../../run/contract.ts";
import type { ChainIdentity } from "./memory.ts";

/** Where the chain is, and who answers for it now. */
export interface WatchedFacts {
  /** Without a password. */
  readonly address: string;
  readonly serverVersion: string;
  readonly isStandby: boolean;
  readonly schema: string;
  readonly table: string;
  readonly profile: string;
  /** Whether the chain counts its rows: then it is read in parts, else always as a whole. */
  readonly isCounted: boolean;
}

export type WatchOutcome = "clean" | "broken" | "restored" | "not-verified";

/** Why the whole chain is read. */
export type FullReason = "first" | "changed" | "due" | "checkpoint" | "suspicion" | "again";

export type WatchEvent =
  | StepFact
  | { readonly type: "chain-found"; readonly chain: WatchedFacts; readonly identity: ChainIdentity }
  | { readonly type: "state-loaded"; readonly path: string; readonly rows: number }
  | { readonly type: "state-begun"; readonly path: string }
  | { readonly type: "state-unwritable"; readonly message: string }
  | {
      readonly type: "check-failed";
      readonly code: string;
      readonly message: string;
      readonly retryMs: number;
    }
  | {
      readonly type: "connection-made";
      readonly address: string;
      readonly isStandby: boolean;
      readonly attempts: number;
    }
  | { readonly type: "identity-changed"; readonly before: ChainIdentity; readonly after: ChainIdentity }
  /** A restore that the operator accepted by a signature: the chain goes on from `rows`, where `verified` had been. */
  | {
      readonly type: "restore-accepted";
      readonly rows: number;
      readonly verified: number;
      readonly at: string;
      readonly who: string;
      readonly reason: string;
    }
  | { readonly type: "server-behind"; readonly rows: number; readonly verified: number }
  /** Rows behind the last mark, or a part of history, were read; all was as it should be, or `suspicion-raised` follows. */
  | { readonly type: "rows-checked"; readonly rows: number; readonly read: number; readonly ms: number }
  | { readonly type: "block-checked"; readonly block: number; readonly read: number; readonly ms: number }
  | { readonly type: "suspicion-raised"; readonly reasons: readonly string[] }
  | { readonly type: "suspicion-cleared" }
  | {
      readonly type: "chain-verified";
      readonly reason: FullReason;
      readonly outcome: WatchOutcome;
      readonly rows: number;
      readonly findings: number;
      readonly root: string;
      readonly ms: number;
    }
  | { readonly type: "finding-made"; readonly finding: Finding }
  | { readonly type: "finding-gone"; readonly finding: Finding };
