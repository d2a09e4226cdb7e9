import type { Folded } from "./folded.ts";
import type { Place, Program } from "./program.ts";

/** Where an expression stands, and what is known there. */
export interface Scope {
  readonly program: Program;
  readonly place: Place;
  /** What the parameters of the function that is looked into were given, when a call is folded. */
  readonly given: { readonly place: Place; readonly values: readonly (readonly Folded[])[] } | null;
  /** How many calls were looked into, one in the other. */
  readonly calls: number;
  /** How many names and calls were followed to get here. */
  readonly depth: number;
}

export function scopeAt(program: Program, place: Place): Scope {
  return { program, place, given: null, calls: 0, depth: 0 };
}

/** Where values are looked into from: one step deeper. */
export function deeper(scope: Scope, place: Place): Scope {
  return { ...scope, place, depth: scope.depth + 1 };
}
