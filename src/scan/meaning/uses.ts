import type { Destruction } from "../../destruction/destruction.ts";
import type { Context } from "../site.ts";
import type { Expression } from "../syntax/syntax.ts";
import type { Scope } from "./scope.ts";
import type { Origin } from "./folded.ts";
import type { Call, Place } from "./program.ts";
import type { HarmlessContext } from "./role.ts";

/** A destruction that a call executes. */
export interface Run {
  readonly place: Place;
  readonly call: Call;
  readonly destruction: Destruction;
  /** Which of its kind it is among what the call executes: the second DROP DATABASE of a text is 1. */
  readonly ordinal: number;
  /** The literals that ask for it; none for a method that destroys by itself. */
  readonly origins: ReadonlySet<Origin>;
  /** Whether the call is known to execute, and the destruction to be one. */
  readonly isSure: boolean;
  /** Whether what the call gives still has to be executed, as a prepared statement has. */
  readonly isPreparing: boolean;
}

/** A destruction that counts only where no other call is seen to execute it. */
export interface Handed {
  readonly place: Place;
  readonly call: Call;
  readonly destruction: Destruction;
  readonly origins: ReadonlySet<Origin>;
  /** `executed`: what the call is made on holds it. `passed`: nothing is known of the call. */
  readonly context: "executed" | "passed";
}

/** A text of the source, and what the nearest thing around it does with it. */
export interface Candidate {
  readonly expression: Extract<Expression, { is: "text" | "join" | "format" }>;
  readonly scope: Scope;
  readonly context: Exclude<Context, "executed">;
  readonly isHarmless: boolean;
}

/** Something that destroys by standing there: an option of a client. */
export interface Setting {
  readonly place: Place;
  readonly at: number;
  readonly destruction: Destruction;
}

/** Everything that a program does with texts that may destroy. */
export interface Uses {
  readonly runs: readonly Run[];
  readonly handed: readonly Handed[];
  readonly candidates: readonly Candidate[];
  readonly settings: readonly Setting[];
  /** Literals that something harmless was seen to use. */
  readonly shown: ReadonlyMap<Origin, HarmlessContext>;
  /** Files with code that is nested too deep to be followed. */
  readonly tooDeep: ReadonlySet<string>;
}
