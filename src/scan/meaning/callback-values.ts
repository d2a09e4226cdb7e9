import type { Expression } from "../syntax/syntax.ts";
import { calleeOf, plainName } from "./callee.ts";
import { callsIn } from "../syntax/inside-of.ts";
import { functionAt } from "./program.ts";
import type { Call, Place, Unit } from "./program.ts";

/** A call, and the function that it stands in. */
interface PlacedCall {
  readonly call: Call;
  readonly fn: number;
}

const known = new WeakMap<Unit, ReadonlyMap<number, PlacedCall>>();

/** Methods and functions that give a callback each element of what they run on. */
const iterating: ReadonlySet<string> = new Set(
  "each foreach map eachwithindex flatmap collect select filter reject find any all parallel arraymap arraywalk collecteach reverseeach eachslice asyncforeach mapasync foreachasync parallelforeach trymap tryforeach".split(
    " ",
  ),
);

/** Whether a function of this name gives a callback each element of a list. */
export function isIterating(name: string): boolean {
  return iterating.has(plainName(name));
}

/** What the first parameter of a function literal is an element of; null where it is handed to nothing that goes through a list. */
export function iteratedBy(
  place: Place,
  index: number,
): { readonly value: Expression; readonly place: Place } | null {
  const { name, parent } = functionAt(place);
  if (name !== null || parent === null || index > 1) return null;
  const placed = callsOf(place.unit).get(place.fn);
  if (placed === undefined) return null;
  const { call, fn } = placed;
  const { name: method, receiver } = calleeOf(call);
  if (!isIterating(method)) return null;
  const value = receiver ?? call.args.find(({ is }) => is !== "function");
  return value === undefined ? null : { value, place: { unit: place.unit, fn } };
}

/** The call that a function literal is an argument of; null where it is none. */
export function consumerOf(place: Place): Call | null {
  return callsOf(place.unit).get(place.fn)?.call ?? null;
}

/** For each function literal, the call that it is an argument of. */
function callsOf(unit: Unit): ReadonlyMap<number, PlacedCall> {
  const before = known.get(unit);
  if (before !== undefined) return before;
  const calls = new Map<number, PlacedCall>();
  for (const [fn, { body }] of unit.syntax.functions.entries()) {
    for (const call of callsIn(body.map(({ value }) => value))) {
      for (const arg of call.args) if (arg.is === "function") calls.set(arg.index, { call, fn });
    }
  }
  known.set(unit, calls);
  return calls;
}
