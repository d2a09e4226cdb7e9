import type { Check, StepFact } from "../run/contract.ts";
import type { DatabaseExamination, FoundInstallation, FoundServer, ScratchTrial } from "./ports.ts";

/** One thing that was looked at, and what to do when it is not well. */
export interface Diagnosis extends Check {
  readonly outcome: "passed" | "failed";
  /** The one command or step that mends it; empty when it is well. */
  readonly remedy: string;
}

export type DoctorEvent =
  | StepFact
  | { readonly type: "installations-found"; readonly installations: readonly FoundInstallation[] }
  | { readonly type: "servers-found"; readonly servers: readonly FoundServer[] }
  | { readonly type: "scratch-tried"; readonly trial: ScratchTrial }
  | { readonly type: "database-examined"; readonly database: DatabaseExamination }
  | { readonly type: "diagnosed"; readonly diagnosis: Diagnosis };

/** `well`: everything that was asked for works; `unwell`: a check failed; `not-run`: the database could not be looked at. */
export type DoctorVerdict = "well" | "unwell" | "not-run";
