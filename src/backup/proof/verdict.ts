import type { ComparatorName, Stage } from "../compare/difference.ts";

/** `proved`: every check ran and passed. `disproved`: a check failed. `not-run`: no check failed, but one could not run. */
export type ProofVerdict = "proved" | "disproved" | "not-run";

export interface Assertion {
  readonly name: string;
  /** null: not applicable to this database, or it could not run; `actual` says which. Never counted as passed. */
  readonly ok: boolean | null;
  readonly expected: string;
  readonly actual: string;
}

export const notApplicable = "not applicable";

/** What two sides do not share: found by a comparator, or by what only a whole proof looks at. */
export interface ProofDifference {
  readonly object: string;
  readonly kind: ComparatorName | "chain" | "archive" | "restore-error";
  readonly stage: Stage;
  readonly detail: string;
}
