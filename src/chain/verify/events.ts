import type { Finding } from "../../audit/finding.ts";
import type { ChainVerification } from "../../audit/verify-chain.ts";
import type { StepFact } from "../../run/contract.ts";

/** Where the chain is, and who answers for it. */
export interface ChainFacts {
  /** Without a password. */
  readonly address: string;
  readonly serverVersion: string;
  readonly isStandby: boolean;
  readonly isSuperuser: boolean;
  readonly schema: string;
  readonly table: string;
  readonly profile: string;
  /** Whether custody installed it: then redactions and guards are judged too. */
  readonly isCustody: boolean;
}

export type VerifyEvent =
  | StepFact
  | { readonly type: "chain-found"; readonly chain: ChainFacts }
  | { readonly type: "finding-made"; readonly finding: Finding }
  | { readonly type: "chain-verified"; readonly result: Omit<ChainVerification, "findings" | "notes"> };

export type VerifyVerdict = "clean" | "broken" | "restored" | "not-verified";
