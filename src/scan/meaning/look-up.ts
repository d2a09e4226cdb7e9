import { dirname } from "node:path/posix";
import type { Family } from "../modules/resolution.ts";
import { declaredElsewhere } from "./declared.ts";
import { importedAs, importsOf } from "./imports-of.ts";
import { matchesModule } from "./matches-module.ts";
import { bareName, enclosing, functionAt, selfNames } from "./program.ts";
import type { Definition, Place, Program, Unit } from "./program.ts";
import { resolvesModules } from "./units-of-module.ts";

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

/** The parameter of a function around a place that bears a name, where nothing sets it in between. */
export function lookUpParameter(place: Place, path: string): Extract<Meaning, { is: "parameter" }> | null {
  const local = lookUpLocally(place, path);
  return local?.is === "parameter" ? local : null;
}

/** A name that is set more often than this says nothing, but takes long. */
const mostSets = 400;

function lookUpLocally(place: Place, path: string): Meaning | null {
  for (const each of enclosing(place)) {
    if (each.unit.names[each.fn]?.has(path) !== true) continue;
    const sets = each.unit.sets[each.fn]?.get(path);
    if (sets !== undefined && sets.length > mostSets) return { is: "unknown" };
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
  const isAbove = first === "parent" || first === "super" || first === "base";
  const isQualified = selfNames.has(first) || first === owner || isAbove;
  const field = isQualified ? rest.join(".") : path;
  const { ofFile, ofMethods } = fieldsOf(place.unit);
  const isOwn = isQualified || path.startsWith("@") || needsNoSelf(place.unit);
  const found = [
    ...(ofFile.get(`${owner} ${field}`) ?? []),
    ...(isOwn ? (ofMethods.get(`${owner} ${field}`) ?? []) : []),
  ];
  if (found.length > 0) return found;
  const everywhere = program.globalsNamed(place.unit.family, `${owner}.${field}`);
  if (everywhere.length > 0) return everywhere;
  return isOwn || place.unit.family === "ruby" ? lookUpAbove(program, place.unit, owner, field) : [];
}

/** What a class has from those that it extends, implements or mixes in. */
function lookUpAbove(
  program: Program,
  { family }: Unit,
  owner: string,
  field: string,
): readonly Definition[] {
  const seen = new Set([bareName(owner)]);
  // What is added on the way is gone through as well.
  for (const name of seen) {
    for (const { type } of program.typesNamed(family, name)) {
      for (const above of type.above) {
        const found = fieldOf(program, family, above, field);
        if (found.length > 0) return found;
        seen.add(bareName(above));
      }
    }
  }
  return [];
}

function fieldOf(program: Program, family: Family, type: string, field: string): readonly Definition[] {
  const bare = bareName(type);
  const set = [...new Set([bare, type])].flatMap((each) => program.globalsNamed(family, `${each}.${field}`));
  if (set.length > 0) return set;
  return program.typesNamed(family, bare).flatMap(({ unit }) => {
    const { ofFile, ofMethods } = fieldsOf(unit);
    return [...(ofFile.get(`${bare} ${field}`) ?? []), ...(ofMethods.get(`${bare} ${field}`) ?? [])];
  });
}

interface Fields {
  /** By class and field, what is set outside of functions: `Owner.field`, `this.field`. */
  readonly ofFile: ReadonlyMap<string, readonly Definition[]>;
  /** By class and field, what its methods set. */
  readonly ofMethods: ReadonlyMap<string, readonly Definition[]>;
  /** By the last part of a path, what is set outside of functions. */
  readonly byEnd: ReadonlyMap<string, readonly Definition[]>;
}

const fieldsByUnit = new WeakMap<Unit, Fields>();

function fieldsOf(unit: Unit): Fields {
  const before = fieldsByUnit.get(unit);
  if (before !== undefined) return before;
  const [ofFile, ofMethods, byEnd] = [
    new Map<string, Definition[]>(),
    new Map<string, Definition[]>(),
    new Map<string, Definition[]>(),
  ];
  const add = (map: Map<string, Definition[]>, key: string, definition: Definition): void => {
    const list = map.get(key);
    if (list === undefined) map.set(key, [definition]);
    else list.push(definition);
  };
  const owners = new Set(unit.syntax.functions.flatMap(({ owner }) => (owner === null ? [] : [owner])));
  for (const [fn, { owner }] of unit.syntax.functions.entries()) {
    for (const [target, sets] of unit.sets[fn] ?? []) {
      const dot = target.indexOf(".");
      const [head, tail] = dot < 0 ? ["", target] : [target.slice(0, dot), target.slice(dot + 1)];
      for (const set of sets) {
        const definition = { unit, fn, set };
        if (fn === 0) {
          if (dot >= 0) add(byEnd, target.slice(target.lastIndexOf(".") + 1), definition);
          if (selfNames.has(head)) for (const each of owners) add(ofFile, `${each} ${tail}`, definition);
          else if (dot >= 0) add(ofFile, `${head} ${tail}`, definition);
        } else if (owner !== null) {
          if (selfNames.has(head) || head === owner) add(ofMethods, `${owner} ${tail}`, definition);
          if (target.startsWith("@")) add(ofMethods, `${owner} ${target}`, definition);
          if (dot < 0 && isOwnField({ unit, fn }, target)) add(ofMethods, `${owner} ${target}`, definition);
        }
      }
    }
  }
  const fields = { ofFile, ofMethods, byEnd };
  fieldsByUnit.set(unit, fields);
  return fields;
}

/** Whether a method names the fields of its class without `this`. */
function needsNoSelf({ family }: Unit): boolean {
  return family === "java" || family === "csharp";
}

/** Whether a bare name is that of a field of the class around it. */
export function isOwnField(place: Place, name: string): boolean {
  if (!needsNoSelf(place.unit)) return false;
  const owner = ownerOf(place);
  return place.unit.syntax.types.some(
    (type) => type.name === owner && type.fields.some((field) => field.name === name),
  );
}

/** The class that a place's function is a method of. */
export function ownerOf(place: Place): string | null {
  for (const each of enclosing(place)) {
    const { owner } = functionAt(each);
    if (owner !== null) return owner;
  }
  return null;
}

const elsewhereKnown = new WeakMap<Program, Map<Unit, Map<string, readonly Definition[]>>>();

function lookUpElsewhere(program: Program, { unit }: Place, path: string): readonly Definition[] {
  const ofProgram = elsewhereKnown.get(program) ?? new Map<Unit, Map<string, readonly Definition[]>>();
  elsewhereKnown.set(program, ofProgram);
  const ofUnit = ofProgram.get(unit) ?? new Map<string, readonly Definition[]>();
  ofProgram.set(unit, ofUnit);
  const before = ofUnit.get(path);
  if (before !== undefined) return before;
  const found = findElsewhere(program, unit, path);
  ofUnit.set(path, found);
  return found;
}

function findElsewhere(program: Program, unit: Unit, path: string): readonly Definition[] {
  const [first = "", ...rest] = path.split(".");
  const declared = declaredElsewhere(program, unit, path).flatMap((each) =>
    program
      .globalsNamed(unit.family, each.path === "" ? "default" : each.path)
      .filter((global) => global.unit === each.unit),
  );
  if (declared.length > 0) return declared;
  const imported = importedAs(unit, first);
  if (imported !== undefined && !resolvesModules(unit)) {
    const names = [
      ...(imported.exported === "*" || imported.exported === "default"
        ? []
        : [[imported.exported, ...rest].join(".")]),
      ...(rest.length > 0 ? [rest.join(".")] : []),
      path,
      // `import static shop.Names.DROP`.
      `${bareName(imported.module)}.${imported.exported}`,
    ];
    for (const name of names) {
      const found = program
        .globalsNamed(unit.family, name)
        .filter((each) => each.unit !== unit && matchesModule(imported.module, unit, each.unit));
      if (found.length > 0) return found;
    }
  }
  // `import static shop.Names.*`, `using static Shop.Names`.
  for (const { module } of resolvesModules(unit) ? [] : importsOf(unit).open) {
    const found = program
      .globalsNamed(unit.family, `${bareName(module)}.${path}`)
      .filter((each) => each.unit !== unit && matchesModule(module, unit, each.unit));
    if (found.length > 0) return found;
  }
  const all = program.globalsNamed(unit.family, path);
  if (rest.length === 0 && unit.family !== "go") {
    // Within a class its constants need no owner, and the file's own code does not say in which class it stands.
    const owned = fieldsOf(unit).byEnd.get(path) ?? [];
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

function hasStarImport(unit: Unit): boolean {
  const { family } = unit;
  return family === "java" || family === "csharp" || family === "rust" || importsOf(unit).whole.length > 0;
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
