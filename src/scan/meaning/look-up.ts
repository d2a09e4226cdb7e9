import { dirname } from "node:path/posix";
import type { Expression } from "../syntax/syntax.ts";
import { matchesModule } from "./matches-module.ts";
import { enclosing, functionAt, selfNames } from "./program.ts";
import type { Definition, Place, Program, Unit } from "./program.ts";

/** What a name or dotted path may stand for, seen from a place. */
export type Meaning =
  | { readonly is: "values"; readonly definitions: readonly Definition[] }
  | { readonly is: "parameter"; readonly place: Place; readonly index: number }
  | { readonly is: "unknown" };

const unknown: Meaning = { is: "unknown" };

/** More definitions than this under one name over all files say nothing. */
const mostGlobals = 4;

/**
 * Looks a name or dotted path up from the inside out: the functions around it, their parameters, the class, the file, its imports, its
 * package, and at last whatever all files call so.
 */
export function lookUp(program: Program, place: Place, path: string): Meaning {
  const local = lookUpLocally(place, path);
  if (local !== null) return local;
  const ofClass = lookUpInClass(program, place, path);
  if (ofClass.length > 0) return { is: "values", definitions: ofClass };
  const elsewhere = lookUpElsewhere(program, place, path);
  return elsewhere.length > 0 ? { is: "values", definitions: elsewhere } : unknown;
}

function lookUpLocally(place: Place, path: string): Meaning | null {
  for (const each of enclosing(place)) {
    const sets = each.unit.sets[each.fn]?.get(path);
    if (sets !== undefined) {
      return { is: "values", definitions: sets.map((set) => ({ ...each, set })) };
    }
    const index = functionAt(each).params.findIndex(({ name }) => name === path);
    if (index >= 0) return { is: "parameter", place: each, index };
  }
  return null;
}

/** Fields: `this.sql`, `self.sql`, `@sql`, `Names.DROP`, or `DROP` alone inside of the class that has it. */
function lookUpInClass(program: Program, place: Place, path: string): readonly Definition[] {
  const owner = ownerOf(place);
  if (owner === null) return [];
  const [first = "", ...rest] = path.split(".");
  const isOwn = selfNames.has(first) || path.startsWith("@") || first === owner;
  const field = selfNames.has(first) || first === owner ? rest.join(".") : path;
  const found: Definition[] = [];
  for (const unit of [place.unit]) {
    for (const [fn, { owner: other }] of unit.syntax.functions.entries()) {
      if (other !== owner && fn !== 0) continue;
      const names =
        fn === 0
          ? [`${owner}.${field}`, `this.${field}`, `self.${field}`]
          : isOwn
            ? [`this.${field}`, `self.${field}`, `cls.${field}`, `${owner}.${field}`, path]
            : [];
      for (const name of names) {
        for (const set of unit.sets[fn]?.get(name) ?? []) found.push({ unit, fn, set });
      }
    }
  }
  return found.length > 0 ? found : program.globalsNamed(place.unit.family, `${owner}.${field}`);
}

/** The class that a place's function is a method of. */
export function ownerOf(place: Place): string | null {
  for (const each of enclosing(place)) {
    const { owner } = functionAt(each);
    if (owner !== null) return owner;
  }
  return null;
}

function lookUpElsewhere(program: Program, place: Place, path: string): readonly Definition[] {
  const { unit } = place;
  const [first = "", ...rest] = path.split(".");
  const imported = unit.syntax.imports.find(({ local }) => local === first);
  if (imported !== undefined) {
    const names = [
      ...(imported.exported === "*" || imported.exported === "default"
        ? []
        : [[imported.exported, ...rest].join(".")]),
      ...(rest.length > 0 ? [rest.join(".")] : []),
      path,
    ];
    for (const name of names) {
      const found = program
        .globalsNamed(unit.family, name)
        .filter((each) => each.unit !== unit && matchesModule(imported.module, unit, each.unit));
      if (found.length > 0) return found;
    }
  }
  const all = program.globalsNamed(unit.family, path);
  if (rest.length === 0 && unit.family !== "go") {
    // Within a class its constants need no owner, and the file's own code does not say in which class it stands.
    const owned = [...(unit.sets[0] ?? [])]
      .filter(([target]) => target.endsWith(`.${path}`))
      .flatMap(([, sets]) => sets.map((set) => ({ unit, fn: 0, set })));
    if (owned.length > 0) return owned;
  }
  const near = all.filter((each) => each.unit === unit || isSamePackage(each.unit, unit));
  if (near.length > 0) return near;
  // A static field of a class, or a constant that the language lets everybody see by its name.
  const isPublic = rest.length > 0 || unit.family === "ruby" || unit.family === "php" || hasStarImport(unit);
  if (!isPublic) return [];
  const candidates = [
    all,
    ...(rest.length > 1 ? [program.globalsNamed(unit.family, path.split(".").slice(-2).join("."))] : []),
  ];
  return candidates.find((each) => each.length > 0 && each.length <= mostGlobals) ?? [];
}

function hasStarImport({ syntax }: Unit): boolean {
  return (
    syntax.imports.some(({ local, exported }) => local === null && exported === "*") ||
    syntax.language === "java" ||
    syntax.language === "csharp" ||
    syntax.language === "rust"
  );
}

/** Whether two files see one another's names without an import. */
export function isSamePackage(a: Unit, b: Unit): boolean {
  if (a.family !== b.family) return false;
  switch (a.family) {
    case "go":
      return dirname(a.path) === dirname(b.path);
    case "java":
    case "csharp":
    case "php":
      return a.syntax.package !== null && a.syntax.package === b.syntax.package;
    default:
      return false;
  }
}

/** The entry of an object or dictionary literal under a key; null where there is none. */
export function entryOf(value: Expression, key: string): Expression | null {
  if (value.is !== "map") return null;
  return value.entries.find((each) => each.key === key)?.value ?? null;
}
