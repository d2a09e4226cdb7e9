import type { StepFact } from "../../run/contract.ts";
import type { Refusal } from "./judge-submission.ts";

/** What became of one request to `add-checkpoint`. */
export interface Judged {
  readonly type: "checkpoint-judged";
  /** The HTTP status of the answer. */
  readonly status: number;
  /** `failed`: the witness could not do its work (500); `refused`: it was no request that it knows. */
  readonly outcome: "cosigned" | "failed" | "refused" | Refusal["outcome"];
  /** Null when none could be read. At most 200 characters. */
  readonly origin: string | null;
  readonly oldSize: number | null;
  readonly size: number | null;
  readonly peer: string;
  readonly ms: number;
  /** Why it was not cosigned; null when it was. */
  readonly reason: string | null;
  /** The signed checkpoint that contradicts the one cosigned before, whole: whoever holds both can prove it. Else null. */
  readonly evidence: string | null;
}

export type WitnessEvent =
  | StepFact
  | {
      readonly type: "witness-started";
      readonly url: string;
      /** Of type 0x04: what those are given who trust this witness. */
      readonly vkey: string;
      readonly logs: readonly string[];
      /** Of how many origins something was cosigned before. */
      readonly origins: number;
    }
  | Judged;

/** It ends only when it is told to, and that is no verdict. */
export type WitnessVerdict = "stopped";
