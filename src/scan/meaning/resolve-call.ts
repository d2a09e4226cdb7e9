import type { Expression } from "../syntax/syntax.ts";
import { calleeOf, chainOf } from "./callee.ts";
import { deeper } from "./scope.ts";
import type { Scope } from "./scope.ts";
import { isSamePackage, lookUp, ownerOf } from "./look-up.ts";
import { declaredElsewhere, declaredInModule, requiredBy } from "./declared.ts";
import { functionsDeclared, functionsElsewhere } from "./functions-elsewhere.ts";
import { importedAs, importsOf } from "./imports-of.ts";
import { matchesModule } from "./matches-module.ts";
import { resolvesModules, unitsOfModule } from "./units-of-module.ts";
import { enclosing, functionAt, selfNames } from "./program.ts";
import { isAnyType, methodsOfType, withoutNamesakes } from "./methods-of-type.ts";
import { dottedPath } from "../syntax/dotted-path.ts";
import type { Call, Place, Unit } from "./program.ts";
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
const mostAliases = 8;

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
  if (candidates.length === 0) {
    const path = dottedPath(expression);
    const elsewhere = path === null ? [] : functionsElsewhere(program, place.unit, path);
    return elsewhere.length === 0 ? nowhere : { targets: elsewhere, edge: "exact" };
  }
  if (expression.is === "name") return resolveName(expression.name, candidates, scope);
  if (expression.is !== "member" && expression.is !== "index") return nowhere;
  return resolveMember(expression.of, name, candidates, scope);
}

/** `drop` of `drop`, `backend.drop` and `backend["drop"]`; empty for what has no name. */
function nameOf(expression: Expression): string {
  if (expression.is === "index") return expression.key.is === "text" ? expression.key.text : "";
  return expression.is === "name" || expression.is === "member" ? expression.name : "";
}

function resolveName(written: string, candidates: readonly Place[], { program, place }: Scope): Resolved {
  const { unit } = place;
  const segments = written.split(/::|\\|\./);
  if (segments.length > 1) {
    const owner = segments.at(-2);
    const owned = candidates.filter((each) => functionAt(each).owner?.split(/::|\./).at(-1) === owner);
    if (owned.length > 0) return { targets: owned, edge: "exact" };
    const spaced = candidates.filter((each) => isInNamespace(each, segments.slice(0, -1), unit));
    if (spaced.length > 0) return { targets: spaced, edge: "exact" };
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
  const elsewhere = functionsElsewhere(program, unit, written);
  if (elsewhere.length > 0) return { targets: elsewhere, edge: "exact" };
  const imported = importedAs(unit, written);
  if (imported !== undefined && resolvesModules(unit)) return nowhere;
  if (imported !== undefined) {
    const there = candidates.filter(
      (each) =>
        each.unit !== unit &&
        (functionAt(each).owner === null
          ? matchesModule(imported.module, unit, each.unit)
          : isMemberOf(each, imported.module)),
    );
    return { targets: there, edge: "exact" };
  }
  const given = candidates.filter((each) =>
    importsOf(unit).open.some(({ module }) => isMemberOf(each, module)),
  );
  if (given.length > 0) return { targets: given, edge: "exact" };
  const packaged = candidates.filter(
    (each) => each.unit !== unit && functionAt(each).owner === null && isSamePackage(each.unit, unit),
  );
  if (packaged.length > 0) return { targets: packaged, edge: "exact" };
  // A bare name that nothing here declares or imports: inherited, or not of this program.
  const inherited =
    owner === null
      ? []
      : methodsOfType(
          program,
          place,
          owner,
          candidates.filter((each) => functionAt(each).owner !== null),
        );
  if (inherited.length > 0) return { targets: inherited, edge: "by-type" };
  switch (unit.family) {
    case "go":
    case "script":
    case "python":
    case "java":
      return nowhere;
    case "ruby":
    case "php":
    case "csharp":
    case "rust":
      return { targets: candidates, edge: "by-name" };
  }
}

/** Whether a function of PHP stands in the namespace that a call names: `\\Shop\\wipe()`, or `Shop\\wipe()` behind `use App\\Shop`. */
function isInNamespace(place: Place, [first = "", ...rest]: readonly string[], from: Unit): boolean {
  const { family, syntax } = place.unit;
  if (family !== "php" || functionAt(place).owner !== null) return false;
  const imported = importedAs(from, first);
  const heads =
    imported === undefined
      ? [first, `${from.syntax.package}\\${first}`]
      : [[imported.module, imported.exported].filter((each) => each !== "").join("\\")];
  return heads.some((head) => [head, ...rest].join("\\") === syntax.package);
}

/** Whether a function is one of the class that a static import names by its package: `import static shop.Drops.wipe`, `using static Shop.Drops`. */
function isMemberOf(place: Place, module: string): boolean {
  const { owner } = functionAt(place);
  if (owner === null) return false;
  const container = [...(place.unit.syntax.package?.split(/[.\\]/) ?? []), ...owner.split(/::|[.\\]/)];
  return container.join(".") === module.split(/::|[.\\]/).join(".");
}

function resolveMember(of: Expression, name: string, candidates: readonly Place[], scope: Scope): Resolved {
  const { program, place } = scope;
  const { unit } = place;
  const required = requiredBy(of);
  if (required !== null) {
    const there = declaredInModule(program, unit, required, name).flatMap((each) =>
      functionsDeclared(program, each),
    );
    return there.length > 0 ? { targets: there, edge: "exact" } : nowhere;
  }
  const path = dottedPath(of);
  const owner = ownerOf(place);
  const methods = candidates.filter((each) => functionAt(each).owner !== null);
  if (path !== null) {
    if (selfNames.has(path) || path === "super" || path === "parent" || path === "base") {
      if (owner === null) return { targets: [], edge: "by-type" };
      const own = preferUnit(
        methods.filter((each) => functionAt(each).owner === owner),
        place,
      );
      if (own.length > 0 && !selfNames.has(path)) return { targets: own, edge: "exact" };
      const others = methods.filter((each) => functionAt(each).owner !== owner);
      return ownOrOverridden(own, methodsOfType(program, place, owner, others));
    }
    const elsewhere = functionsElsewhere(program, unit, `${path}.${name}`);
    if (elsewhere.length > 0) return { targets: elsewhere, edge: "exact" };
    const imported = importedAs(unit, path);
    if (imported !== undefined && resolvesModules(unit)) {
      // The function of a package that was not parsed, or is not of this tree.
      if (imported.exported === "*") return nowhere;
    } else if (imported !== undefined) {
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
    // A module of Rust that stands within the file.
    const inner = `${path.replaceAll(".", "::")}::${name}`;
    const within = candidates.filter((each) => each.unit === unit && functionAt(each).qualified === inner);
    if (unit.family === "rust" && within.length > 0) return { targets: within, edge: "exact" };
    const alias = aliasOf(path, scope);
    if (alias !== null) return resolveMember(alias.value, name, candidates, alias.scope);
    const ofType = methods.filter(
      (each) =>
        functionAt(each)
          .owner?.split(/::|\.|\\/)
          .at(-1) === path.split(".").at(-1),
    );
    if (ofType.length > 0) return { targets: preferUnit(ofType, place), edge: "exact" };
  }
  const type = typeOf(of, scope);
  if (type !== null && !isAnyType(type, scope)) {
    const typed = withoutNamesakes(methodsOfType(program, place, type, methods), of, type, scope);
    if (typed.length > 0) return { targets: typed, edge: "by-type" };
    // A type that the program declares and that has no such method, or one from outside of it.
    return nowhere;
  }
  return isForeign(of, scope) ? nowhere : { targets: methods, edge: "by-name" };
}

/** What a name in capitals is another name for: `D = Shop::Drops`, `const D = Drops`. */
function aliasOf(path: string, scope: Scope): { readonly value: Expression; readonly scope: Scope } | null {
  if (!/^[A-Z][\w$]*$/.test(path) || scope.depth > mostAliases) return null;
  const meaning = lookUp(scope.program, scope.place, path);
  if (meaning.is !== "values") return null;
  const [definition, ...others] = meaning.definitions;
  if (definition === undefined || others.length > 0) return null;
  const { value } = definition.set;
  return value.is === "name" || value.is === "member" ? { value, scope: deeper(scope, definition) } : null;
}

/** Whether a receiver is what a package outside of the program gives at once: `exec.Command(…)`, `http.DefaultClient`. */
function isForeign(of: Expression, { program, place }: Scope): boolean {
  const root = chainOf(of)[0];
  const imported = root === undefined ? undefined : importedAs(place.unit, root);
  if (root === undefined || imported === undefined || of.is === "name") return false;
  if (resolvesModules(place.unit)) {
    return (
      unitsOfModule(program, place.unit, imported.module).length === 0 &&
      declaredElsewhere(program, place.unit, root).length === 0
    );
  }
  return !program.units.some(
    (unit) =>
      unit !== place.unit &&
      unit.family === place.unit.family &&
      matchesModule(imported.module, place.unit, unit),
  );
}

/** A method of the class itself is what runs, unless a class below has its own. */
function ownOrOverridden(own: readonly Place[], others: readonly Place[]): Resolved {
  return own.length > 0 && others.length === 0
    ? { targets: own, edge: "exact" }
    : { targets: [...own, ...others], edge: "by-type" };
}

function preferUnit(targets: readonly Place[], place: Place): readonly Place[] {
  const own = targets.filter((each) => each.unit === place.unit);
  return own.length > 0 ? own : targets;
}
