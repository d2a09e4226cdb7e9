import type { Destruction } from "../../../destruction/destruction.ts";
import type { SqlEffect, SqlJudgement } from "../../../destruction/sql/wire/judgement.ts";

/** What is run by its name, or by its number: of its text nothing more is known. */
export function meaningOf(
  destructions: readonly Destruction[],
  effects: readonly SqlEffect[] = [],
): SqlJudgement {
  return {
    destructions,
    statements: 1,
    effects,
    isForced: false,
    isIfExists: false,
    tags: () => new Map(),
    fingerprint: () => "",
  };
}
