import type { Expression } from "../syntax/syntax.ts";
import { calleeOf, chainOf } from "./callee.ts";
import { scopeAt } from "./scope.ts";
import type { Scope } from "./scope.ts";
import { isSamePackage, ownerOf } from "./look-up.ts";
import { matchesModule } from "./matches-module.ts";
import { bareName, enclosing, functionAt, selfNames } from "./program.ts";
import { dottedPath } from "../syntax/dotted-path.ts";
import type { Call, Place, Program } from "./program.ts";
import { typeOf } from "./type-of.ts";

/** How sure it is that a call runs a function. */
export type Edge = "exact" | "by-type" | "by-name";

export interface Resolved {
  readonly targets: readonly Place[];
  readonly edge: Edge;
}

/** It runs nothing of the program. */
export const nowhere: Resolved = { targets: [], edge: "by-name" };

const mostCandidates = 200;

/** The functions of the program that a call may run; none when it runs something else, or nothing that is known. */
export function resolveCall(call: Call, scope: Scope): Resolved {
  return resolveReference(call.callee, scope, calleeOf(call).name);
}

/** The functions that an expression may stand for when it is called, or handed on to be called. */
export function resolveReference(expression: Expression, scope: Scope, name = nameOf(expression)): Resolved {
  if (expression.is === "function") {
    return { targets: [{ unit: scope.place.unit, fn: expression.index }], edge: "exact" };
  }
  if (name === "") return nowhere;
  const { program, place } = scope;
  const everywhere = program.functionsNamed(place.unit.family, name);
  // A name that so many functions bear (those of minified code are one letter long) says nothing from elsewhere.
  const candidates =
    everywhere.length > mostCandidates
      ? everywhere.filter(({ unit }) => unit === place.unit).slice(0, mostCandidates)
      : everywhere;
  if (candidates.length === 0) return resolveImported(expression, scope);
  if (expression.is === "name") return resolveName(expression.name, candidates, scope);
  if (expression.is !== "member") return nowhere;
  return resolveMember(expression.of, candidates, scope);
}

function nameOf(expression: Expression): string {
  return expression.is === "name" || expression.is === "member" ? expression.name : "";
}

function resolveName(written: string, candidates: readonly Place[], { program, place }: Scope): Resolved {
  const { unit } = place;
  const segments = written.split(/::|\\|\./);
  if (segments.length > 1) {
    const owner = segments.at(-2);
    const owned = candidates.filter((each) => functionAt(each).owner?.split(/::|\./).at(-1) === owner);
    if (owned.length > 0) return { targets: owned, edge: "exact" };
  }
  const own = candidates.filter((each) => each.unit === unit);
  const owner = ownerOf(place);
  const visible = own.filter((each) => {
    const { parent, owner: of } = functionAt(each);
    if (of !== null)
      return (
        of === owner &&
        unit.family !== "go" &&
        unit.family !== "python" &&
        unit.family !== "script" &&
        unit.family !== "rust"
      );
    return parent === null || parent === 0 || [...enclosing(place)].some(({ fn }) => fn === parent);
  });
  if (visible.length > 0) return { targets: visible.slice(0, 1), edge: "exact" };
  const imported = unit.syntax.imports.find(({ local }) => local === written);
  if (imported !== undefined) {
    const there = candidates.filter(
      (each) =>
        functionAt(each).owner === null &&
        each.unit !== unit &&
        matchesModule(imported.module, unit, each.unit),
    );
    return there.length > 0
      ? { targets: there, edge: "exact" }
      : resolveImported({ is: "name", name: written, at: 0 }, scopeAt(program, place));
  }
  const packaged = candidates.filter(
    (each) => each.unit !== unit && functionAt(each).owner === null && isSamePackage(each.unit, unit),
  );
  if (packaged.length > 0) return { targets: packaged, edge: "exact" };
  if (
    unit.family === "go" ||
    unit.family === "script" ||
    unit.family === "python" ||
    unit.family === "java"
  ) {
    // A bare name that nothing here declares or imports: inherited (Java, C#), a star import, or not of this program.
    const inherited =
      owner === null
        ? []
        : candidates.filter((each) => inherits(program, place, owner, functionAt(each).owner));
    return { targets: inherited, edge: "by-type" };
  }
  return { targets: candidates, edge: "by-name" };
}

function resolveMember(of: Expression, candidates: readonly Place[], scope: Scope): Resolved {
  const { program, place } = scope;
  const { unit } = place;
  const path = dottedPath(of);
  const owner = ownerOf(place);
  const methods = candidates.filter((each) => functionAt(each).owner !== null);
  if (path !== null) {
    if (selfNames.has(path) || path === "super" || path === "parent" || path === "base") {
      const own = methods.filter((each) => functionAt(each).owner === owner);
      if (own.length > 0) return { targets: preferUnit(own, place), edge: "exact" };
      const inherited =
        owner === null
          ? []
          : methods.filter((each) => inherits(program, place, owner, functionAt(each).owner));
      return { targets: inherited, edge: "by-type" };
    }
    const imported = unit.syntax.imports.find(({ local }) => local === path);
    if (imported !== undefined) {
      const there = candidates.filter(
        (each) => matchesModule(imported.module, unit, each.unit) && each.unit !== unit,
      );
      const free = there.filter(
        (each) =>
          functionAt(each).owner === null ||
          functionAt(each).owner === imported.exported ||
          functionAt(each).owner === path,
      );
      if (free.length > 0) return { targets: free, edge: "exact" };
      // The function of a package that was not parsed, or is not of this tree.
      if (imported.exported === "*") return nowhere;
    }
    const ofType = methods.filter(
      (each) =>
        functionAt(each)
          .owner?.split(/::|\.|\\/)
          .at(-1) === path.split(".").at(-1),
    );
    if (ofType.length > 0) return { targets: preferUnit(ofType, place), edge: "exact" };
  }
  const type = typeOf(of, scope);
  if (type !== null) {
    const typed = methodsOfType(program, place, type, methods);
    if (typed.length > 0) return { targets: typed, edge: "by-type" };
    // A type that the program declares and that has no such method, or one from outside of it.
    return nowhere;
  }
  return isForeign(of, scope) ? nowhere : { targets: methods, edge: "by-name" };
}

/** Whether a receiver is what a package outside of the program gives at once: `exec.Command(…)`, `http.DefaultClient`. */
function isForeign(of: Expression, { program, place }: Scope): boolean {
  const root = chainOf(of)[0];
  const imported = place.unit.syntax.imports.find(({ local }) => local === root);
  if (imported === undefined || of.is === "name") return false;
  return !program.units.some(
    (unit) =>
      unit !== place.unit &&
      unit.family === place.unit.family &&
      matchesModule(imported.module, place.unit, unit),
  );
}

/** The methods that run on a value of this declared type: its own, those it inherits, or those of all that implement it. */
function methodsOfType(
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
  const above = methods.filter((each) => inherits(program, place, bare, functionAt(each).owner));
  return [...new Set([...own, ...below, ...(own.length > 0 ? [] : above)])];
}

function preferUnit(targets: readonly Place[], place: Place): readonly Place[] {
  const own = targets.filter((each) => each.unit === place.unit);
  return own.length > 0 ? own : targets;
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

/** A name that is bound to a function literal, or to another function, or exported under another name. */
function resolveImported(expression: Expression, { program, place }: Scope): Resolved {
  const path = dottedPath(expression);
  if (path === null) return nowhere;
  const [first = "", ...rest] = path.split(".");
  const imported = place.unit.syntax.imports.find(({ local }) => local === first);
  if (imported === undefined || rest.length > 0) return nowhere;
  // `const drop = require("./drop")` is called where the module as a whole is a function.
  const exported = imported.exported === "*" ? "default" : imported.exported;
  const there = program
    .functionsNamed(place.unit.family, exported)
    .filter((each) => each.unit !== place.unit && matchesModule(imported.module, place.unit, each.unit));
  if (there.length > 0) return { targets: there, edge: "exact" };
  // Exported under another name: `export { drop as remove }`, `export default drop`, `module.exports = drop`.
  const aliased = program
    .globalsNamed(place.unit.family, exported)
    .filter((each) => each.unit !== place.unit && matchesModule(imported.module, place.unit, each.unit))
    .flatMap(({ unit, set: { value } }) => {
      if (value.is === "function") return [{ unit, fn: value.index }];
      if (value.is !== "name") return [];
      return program.functionsNamed(unit.family, value.name).filter((each) => each.unit === unit);
    });
  return { targets: aliased, edge: "exact" };
}
