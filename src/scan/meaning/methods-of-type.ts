import type { Expression } from "../syntax/syntax.ts";
import { isSamePackage, lookUp } from "./look-up.ts";
import type { Family } from "../modules/resolution.ts";
import { importedAs } from "./imports-of.ts";
import { matchesModule } from "./matches-module.ts";
import { bareName, functionAt, selfNames } from "./program.ts";
import type { Place, Program } from "./program.ts";
import type { Scope } from "./scope.ts";

/** The methods that run on a value of this declared type: its own, those it inherits, or those of all that implement it. */
export function methodsOfType(
  program: Program,
  place: Place,
  type: string,
  methods: readonly Place[],
): readonly Place[] {
  const bare = bareName(type);
  const declared = program.typesNamed(place.unit.family, bare);
  const own = methods.filter(
    (each) =>
      functionAt(each)
        .owner?.split(/::|\.|\\/)
        .at(-1) === bare,
  );
  const below = methods.filter((each) => {
    const { owner } = functionAt(each);
    return owner !== null && inherits(program, each, owner, bare);
  });
  if (declared.some(({ type: each }) => each.isInterface)) {
    const named = [...own, ...below];
    // Go's types do not say what they implement: whoever has all methods of the interface does.
    const wanted = declared.flatMap(({ type: each }) => each.methods);
    const structural = methods.filter((each) => {
      const { owner } = functionAt(each);
      return (
        owner !== null &&
        (place.unit.family === "go" || place.unit.family === "script" || place.unit.family === "python") &&
        wanted.every((name) =>
          program.functionsNamed(place.unit.family, name).some((other) => functionAt(other).owner === owner),
        )
      );
    });
    return [...new Set([...named, ...structural])];
  }
  if (own.length > 0) return [...new Set([...own, ...below])];
  const above = methods.filter((each) => inherits(program, place, bare, functionAt(each).owner));
  // An interface that a struct embeds lends it its methods: whoever implements it may run.
  const lent = interfacesAbove(program, place, bare).flatMap((each) =>
    methodsOfType(program, place, each, methods),
  );
  return [...new Set([...below, ...above, ...lent])];
}

/**
 * Of the methods of several types that bear one name, those of the type that the file means: the one that it imports, else that of its own package. Only of
 * a value whose type is written in the file; where that fits none, all of them.
 */
export function withoutNamesakes(
  methods: readonly Place[],
  of: Expression,
  type: string,
  scope: Scope,
): readonly Place[] {
  const { unit } = scope.place;
  const isOwn = (each: Place): boolean => bareName(functionAt(each).owner ?? "") === bareName(type);
  const owners = new Set(methods.filter(isOwn).map((each) => each.unit));
  if (owners.size < 2 || !isTypeWrittenHere(of, scope)) return methods;
  const [first] = type.split(/::|\.|\\/);
  const imported = first === undefined ? undefined : importedAs(unit, first);
  const isMeant = (each: Place): boolean =>
    imported === undefined
      ? each.unit === unit || isSamePackage(each.unit, unit)
      : each.unit !== unit && matchesModule(imported.module, unit, each.unit);
  return methods.some((each) => isOwn(each) && isMeant(each))
    ? methods.filter((each) => !isOwn(each) || isMeant(each))
    : methods;
}

/** Whether a variable has its type from a declaration in the same file: what a function or a field of another one says is named as that one names it. */
function isTypeWrittenHere(of: Expression, { program, place }: Scope): boolean {
  if (of.is !== "name") return false;
  if (selfNames.has(of.name)) return true;
  const meaning = lookUp(program, place, of.name);
  if (meaning.is === "parameter") return meaning.place.unit === place.unit;
  return (
    meaning.is === "values" &&
    meaning.definitions.every(
      ({ unit, set }) => unit === place.unit && (set.type !== null || set.value.is === "map"),
    )
  );
}

/** More types than these are not above one. */
const mostAbove = 200;

const aboveKnown = new WeakMap<Program, Map<string, ReadonlySet<string>>>();

/** The types that a type extends, implements or embeds, at any distance; `past` says which of them are gone through. */
function typesAbove(
  program: Program,
  { unit: { family } }: Place,
  type: string,
  past: "all" | "classes",
): ReadonlySet<string> {
  let ofProgram = aboveKnown.get(program);
  if (ofProgram === undefined) {
    ofProgram = new Map();
    aboveKnown.set(program, ofProgram);
  }
  const key = `${past} ${family} ${type}`;
  const before = ofProgram.get(key);
  if (before !== undefined) return before;
  const found = new Set<string>();
  const add = (below: string): void => {
    for (const { type: each } of program.typesNamed(family, below)) {
      for (const above of each.above) if (found.size < mostAbove) found.add(bareName(above));
    }
  };
  add(type);
  // What is added on the way is gone through as well.
  for (const each of found) if (past === "all" || !isInterface(program, family, each)) add(each);
  ofProgram.set(key, found);
  return found;
}

function isInterface(program: Program, family: Family, name: string): boolean {
  return program.typesNamed(family, name).some(({ type }) => type.isInterface);
}

/** The interfaces that a type embeds or declares to be, at any distance. */
function interfacesAbove(program: Program, place: Place, type: string): readonly string[] {
  const { family } = place.unit;
  return [...typesAbove(program, place, type, "classes")].filter((each) =>
    isInterface(program, family, each),
  );
}

/** Whether a type extends, implements or embeds another, at any distance. */
function inherits(program: Program, place: Place, type: string, above: string | null): boolean {
  return above !== null && typesAbove(program, place, bareName(type), "all").has(bareName(above));
}

/** Whether a declared type says nothing of what a value is: anything at all, or a parameter of a generic function. */
export function isAnyType(type: string, { program, place }: Scope): boolean {
  if (anyTypes.has(type)) return true;
  return /^[A-Z]\d?$|^T[A-Z]\w*$/.test(type) && program.typesNamed(place.unit.family, type).length === 0;
}

const anyTypes: ReadonlySet<string> = new Set([
  "any",
  "unknown",
  "object",
  "Object",
  "dynamic",
  "mixed",
  "var",
  "Any",
]);
