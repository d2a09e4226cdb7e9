import { calleeOf } from "./callee.ts";
import { callsIn } from "../syntax/inside-of.ts";
import { functionAt } from "./program.ts";
import { dottedPath } from "../syntax/dotted-path.ts";
import type { Definition, Place, Unit } from "./program.ts";

/** More definitions than these say nothing. */
const mostDefinitions = 24;

/**
 * The definitions that a name may still have where it is read: of those in the same function, the ones before it, back to one that was used before
 * it was set anew. Two that follow one another without a use between them may be the branches of an `if`.
 */
export function reaching(
  definitions: readonly Definition[],
  path: string,
  place: Place,
  at: number,
): readonly Definition[] {
  const elsewhere = definitions.filter(({ unit, fn }) => unit !== place.unit || fn !== place.fn);
  const here = definitions.filter(
    ({ unit, fn, set }) => unit === place.unit && fn === place.fn && set.at < at,
  );
  if (here.length + elsewhere.length === 0) return definitions.slice(-mostDefinitions);
  const uses = usesOf(place.unit, place.fn).get(path) ?? [];
  let first = here.findLastIndex(({ set }) => !set.isAppend);
  while (first > 0) {
    const [before, after] = [here[first - 1], here[first]];
    if (before === undefined || after === undefined) break;
    if (uses.some((use) => before.set.at < use && use < after.set.at)) break;
    first -= 1;
  }
  return [...elsewhere, ...here.slice(Math.max(0, first))].slice(-mostDefinitions);
}

const known = new WeakMap<Unit, Map<number, ReadonlyMap<string, readonly number[]>>>();

/** Where the calls of a function are given a name, or are made on what it is a property of. */
function usesOf(unit: Unit, fn: number): ReadonlyMap<string, readonly number[]> {
  let ofUnit = known.get(unit);
  if (ofUnit === undefined) {
    ofUnit = new Map();
    known.set(unit, ofUnit);
  }
  const before = ofUnit.get(fn);
  if (before !== undefined) return before;
  const uses = new Map<string, number[]>();
  const add = (path: string | null, use: number): void => {
    if (path === null) return;
    const list = uses.get(path);
    if (list === undefined) uses.set(path, [use]);
    else list.push(use);
  };
  const properties = [...(unit.sets[fn]?.keys() ?? [])].filter((path) => path.includes("."));
  for (const call of callsIn(functionAt({ unit, fn }).body.map(({ value }) => value))) {
    for (const arg of call.args) add(dottedPath(arg), call.at);
    const { receiver, name } = calleeOf(call);
    const on = receiver === null ? null : dottedPath(receiver);
    if (on === null || !/exec|run|query|invoke|fetch|prepare|send/i.test(name)) continue;
    for (const property of properties) if (property.startsWith(`${on}.`)) add(property, call.at);
  }
  ofUnit.set(fn, uses);
  return uses;
}
