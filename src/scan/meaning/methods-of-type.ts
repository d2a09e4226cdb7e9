import { bareName, functionAt } from "./program.ts";
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
  const lent = [...interfacesAbove(program, place, bare)].flatMap((each) =>
    methodsOfType(program, place, each, methods),
  );
  return [...new Set([...below, ...above, ...lent])];
}

/** The interfaces that a type embeds or declares to be, at any distance. */
function interfacesAbove(
  program: Program,
  place: Place,
  type: string,
  seen: ReadonlySet<string> = new Set(),
): ReadonlySet<string> {
  if (seen.has(type)) return new Set();
  const next = new Set([...seen, type]);
  return new Set(
    program
      .typesNamed(place.unit.family, type)
      .flatMap(({ type: each }) => each.above.map(bareName))
      .flatMap((above) => {
        const isInterface = program
          .typesNamed(place.unit.family, above)
          .some(({ type: each }) => each.isInterface);
        return isInterface ? [above] : [...interfacesAbove(program, place, above, next)];
      }),
  );
}

/** Whether a type extends, implements or embeds another, at any distance. */
function inherits(
  program: Program,
  place: Place,
  type: string,
  above: string | null,
  seen: ReadonlySet<string> = new Set(),
): boolean {
  if (above === null || seen.has(type)) return false;
  const bare = bareName(type);
  const next = new Set([...seen, type]);
  return program.typesNamed(place.unit.family, bare).some(({ type: each }) =>
    each.above.some((one) => {
      const name = bareName(one);
      return name === bareName(above) || inherits(program, place, name, above, next);
    }),
  );
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
