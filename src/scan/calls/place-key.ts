import type { Place } from "../meaning/program.ts";

/** One function of a program. */
export type PlaceKey = `${number}:${number}`;

export function keyOf({ unit, fn }: Place): PlaceKey {
  return `${unit.id}:${fn}`;
}
