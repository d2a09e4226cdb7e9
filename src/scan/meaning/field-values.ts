import type { Expression } from "../syntax/syntax.ts";
import { calleeOf } from "./callee.ts";
import { allIn } from "../syntax/inside-of.ts";
import { bareName, functionAt } from "./program.ts";
import type { Family } from "../modules/resolution.ts";
import type { Call, Place, Program } from "./program.ts";

/** A value, and where it stands. */
export interface PlacedValue {
  readonly value: Expression;
  readonly place: Place;
}

/** How values of a type are made, over a whole program. */
interface Makings {
  readonly literals: readonly {
    readonly literal: Extract<Expression, { is: "map" }>;
    readonly place: Place;
  }[];
  readonly calls: readonly { readonly call: Call; readonly place: Place }[];
}

/** More than these say nothing of one value. */
const mostValues = 24;
const constructors: ReadonlySet<string> = new Set([
  "constructor",
  "__init__",
  "__construct",
  "initialize",
  "new",
]);
const known = new WeakMap<Program, Map<string, Makings>>();

/** What a field of a type is set to: by its methods, by literals of the type, and through the parameters of its constructor. */
export function fieldValues(
  program: Program,
  family: Family,
  type: string,
  field: string,
): readonly PlacedValue[] {
  const bare = bareName(type);
  const { literals } = makingsOf(program, family, bare);
  const found: PlacedValue[] = literals.flatMap(({ literal, place }) =>
    literal.entries.flatMap(({ key, value }) => (key === field ? [{ value, place }] : [])),
  );
  const names = [`this.${field}`, `self.${field}`, `@${field}`, `${bare}.${field}`];
  for (const { unit } of program.typesNamed(family, bare)) {
    for (const [fn, { owner }] of unit.syntax.functions.entries()) {
      if (fn > 0 && (owner === null || bareName(owner) !== bare)) continue;
      for (const name of names) {
        for (const { value } of unit.sets[fn]?.get(name) ?? []) found.push({ value, place: { unit, fn } });
      }
    }
  }
  return found.slice(0, mostValues);
}

/** What a constructor's parameter is given, wherever the program makes a value of its type; nothing for any other function. */
export function givenToConstructor(program: Program, place: Place, index: number): readonly PlacedValue[] {
  const { name, owner } = functionAt(place);
  if (owner === null || name === null) return [];
  const bare = bareName(owner);
  if (!constructors.has(name) && name !== bare) return [];
  return makingsOf(program, place.unit.family, bare)
    .calls.flatMap(({ call, place: from }) => {
      const value = call.args[index];
      return value === undefined ? [] : [{ value, place: from }];
    })
    .slice(0, mostValues);
}

function makingsOf(program: Program, family: Family, type: string): Makings {
  let all = known.get(program);
  if (all === undefined) {
    all = findMakings(program);
    known.set(program, all);
  }
  return all.get(`${family} ${type}`) ?? { literals: [], calls: [] };
}

function findMakings(program: Program): Map<string, Makings> {
  const all = new Map<
    string,
    { literals: Makings["literals"][number][]; calls: Makings["calls"][number][] }
  >();
  const of = (
    family: Family,
    type: string,
  ): { literals: Makings["literals"][number][]; calls: Makings["calls"][number][] } => {
    const key = `${family} ${bareName(type)}`;
    const before = all.get(key);
    if (before !== undefined) return before;
    const made = { literals: [], calls: [] };
    all.set(key, made);
    return made;
  };
  for (const unit of program.units) {
    for (const [fn, { body }] of unit.syntax.functions.entries()) {
      const place = { unit, fn };
      for (const each of allIn(body.map(({ value }) => value))) {
        if (each.is === "map" && each.type !== null)
          of(unit.family, each.type).literals.push({ literal: each, place });
        if (each.is !== "call") continue;
        const { name, chain } = calleeOf(each);
        const made = name === "new" ? chain.at(-2) : name;
        if (
          made !== undefined &&
          (each.how === "new" || name === "new" || program.typesNamed(unit.family, made).length > 0)
        ) {
          of(unit.family, made).calls.push({ call: each, place });
        }
      }
    }
  }
  return all;
}
