import type { DestructionKind } from "./kinds.ts";

/** One destruction that a text asks for. */
export interface Destruction {
  readonly kind: DestructionKind;
  /** What is done, for people, in the words of its language: `DROP DATABASE`, `FLUSHALL`, `dropdb`, `db.dropDatabase()`. */
  readonly what: string;
  /** What it is done to: final names as the server would read them; a hole (a value put in at run time) is `…`. Empty when it names none. */
  readonly names: readonly string[];
  /** Where it begins in the text that was judged, in UTF-16 code units. */
  readonly at: number;
  /** `certain` when a grammar or an exact command says so; `likely` when only tokens do. */
  readonly certainty: "certain" | "likely";
}

/**
 * What stands in a text where a program puts a value in at run time. A private-use character: no source has it by accident, each
 * judge replaces it by what its language allows there.
 */
export const hole = "\uE000";
