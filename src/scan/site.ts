import type { DestructionKind } from "../destruction/kinds.ts";

/** What a text or a call that destroys is used for. */
export const contexts = [
  /** It runs: a call executes it, a shell runs the command, a file of SQL holds the statement. */
  "executed",
  /** It is handed to code that this scan cannot see into. */
  "passed",
  /** It is kept in a variable, a constant, a field or a map, and nothing that reads it was seen. */
  "stored",
  "returned",
  /** The rest destroy nothing. */
  "logged",
  "raised",
  "compared",
  "matched",
  "documented",
  "asserted",
  "parsed",
] as const;
export type Context = (typeof contexts)[number];

export type Confidence = "high" | "medium" | "low";

/** One destruction in one file, before policy has looked at it. Offsets are UTF-16 code units from the start of the file. */
export interface Site {
  readonly kind: DestructionKind;
  /** What is done, for people: `DROP DATABASE`, `FLUSHALL`, `dropdb`, `.dropDatabase()`. */
  readonly what: string;
  /** What it is done to, as far as that is known; a name that is put in at run time is `…`. */
  readonly names: readonly string[];
  readonly at: number;
  readonly context: Context;
  readonly confidence: Confidence;
  /** The function that it stands in, where a carrier knows one (a shell's). */
  readonly function?: string;
}
