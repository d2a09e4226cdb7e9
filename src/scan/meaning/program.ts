import { dirname } from "node:path/posix";
import type { DestructionKind } from "../../destruction/kinds.ts";
import { appendsOf } from "./append-calls.ts";
import type { Family, Resolution, ResolveModule } from "../modules/resolution.ts";
import type { Expression, FileSyntax, FunctionSyntax, SetStatement, TypeSyntax } from "../syntax/syntax.ts";

/** One file of code as the rest of the program sees it. */
export interface Unit {
  readonly id: number;
  /** Relative, with `/`. */
  readonly path: string;
  readonly syntax: FileSyntax;
  readonly family: Family;
  /** Products that the file speaks of anywhere, in lower case: `redis`, `mongo`, `kube`. */
  readonly mentions: readonly string[];
  /** For each function, the names that it takes or sets. */
  readonly names: readonly ReadonlySet<string>[];
  /** For each function, what it sets by name or dotted path, in the order of the source. */
  readonly sets: readonly ReadonlyMap<string, readonly SetStatement[]>[];
}

export type Call = Extract<Expression, { is: "call" }>;

/** A place from which names are looked up. */
export interface Place {
  readonly unit: Unit;
  /** Index of the function. */
  readonly fn: number;
}

/** A value that a name was given. */
export interface Definition extends Place {
  readonly set: SetStatement;
}

/** Every file of code that was parsed, with what finds things by name over all of them. */
export interface Program {
  /** The kinds of destruction that count. */
  readonly kinds: ReadonlySet<DestructionKind>;
  readonly units: readonly Unit[];
  /** Functions and methods that have a name. */
  functionsNamed(family: Family, name: string): readonly Place[];
  typesNamed(family: Family, name: string): readonly { readonly unit: Unit; readonly type: TypeSyntax }[];
  /** What is set outside of functions under this name or dotted path (`drop`, `Names.DROP`). */
  globalsNamed(family: Family, target: string): readonly Definition[];
  /** What a module means, as a file writes it. */
  resolveModule(importer: Unit, module: string): Resolution;
  unitAt(path: string): Unit | null;
  /** All files of one family in a folder. */
  unitsIn(family: Family, folder: string): readonly Unit[];
}

export function familyOf(language: FileSyntax["language"]): Family {
  return language === "typescript" || language === "javascript" ? "script" : language;
}

export function functionAt({ unit, fn }: Place): FunctionSyntax {
  const found = unit.syntax.functions[fn];
  if (found === undefined) throw new RangeError(`no function ${fn} in ${unit.path}`);
  return found;
}

/** Puts files together. Unit ids are their places in the list. */
export function createProgram(
  files: readonly {
    readonly path: string;
    readonly syntax: FileSyntax;
    readonly mentions: readonly string[];
  }[],
  kinds: ReadonlySet<DestructionKind>,
  resolveModule: ResolveModule,
): Program {
  const units = files.map(({ path, syntax, mentions }, id) => ({
    id,
    path,
    syntax,
    mentions,
    family: familyOf(syntax.language),
    ...namesOf(syntax),
  }));
  const functions = new Map<string, Place[]>();
  const types = new Map<string, { unit: Unit; type: TypeSyntax }[]>();
  const globals = new Map<string, Definition[]>();
  for (const unit of units) {
    for (const [fn, { name }] of unit.syntax.functions.entries()) {
      if (name !== null && fn > 0) add(functions, `${unit.family} ${name}`, { unit, fn });
    }
    for (const type of unit.syntax.types) add(types, `${unit.family} ${type.name}`, { unit, type });
    for (const [target, sets] of unit.sets[0] ?? []) {
      for (const set of sets) add(globals, `${unit.family} ${target}`, { unit, fn: 0, set });
    }
  }
  const byPath = new Map(units.map((unit) => [unit.path, unit]));
  const byFolder = Map.groupBy(units, ({ family, path }) => `${family} ${dirname(path)}`);
  const resolved = new Map<string, Resolution>();
  return {
    kinds,
    units,
    resolveModule(importer, module) {
      const key = `${importer.id} ${module}`;
      let known = resolved.get(key);
      if (known === undefined) {
        known = resolveModule(importer.family, importer.path, module);
        resolved.set(key, known);
      }
      return known;
    },
    unitAt: (path) => byPath.get(path) ?? null,
    unitsIn: (family, folder) => byFolder.get(`${family} ${folder}`) ?? [],
    functionsNamed: (family, name) => functions.get(`${family} ${name}`) ?? [],
    typesNamed: (family, name) => types.get(`${family} ${name}`) ?? [],
    globalsNamed: (family, target) => globals.get(`${family} ${target}`) ?? [],
  };
}

function namesOf({ functions, imports }: FileSyntax): Pick<Unit, "sets" | "names"> {
  const sets = functions.map(setsOf);
  const names = functions.map(
    ({ params }, fn) =>
      new Set([
        ...(sets[fn]?.keys() ?? []),
        ...params.map(({ name }) => name),
        ...(fn === 0 ? imports.flatMap(({ local }) => local ?? []) : []),
      ]),
  );
  return { sets, names };
}

function setsOf({ body }: FunctionSyntax): ReadonlyMap<string, readonly SetStatement[]> {
  const sets = new Map<string, SetStatement[]>();
  for (const statement of body) {
    const appends = appendsOf(statement);
    for (const each of appends) if (each.target !== null) add(sets, each.target, each);
    if (statement.do === "set" && statement.target !== null && appends.length === 0)
      add(sets, statement.target, statement);
  }
  return sets;
}

function add<T>(map: Map<string, T[]>, key: string, value: T): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}

const enclosingKnown = new WeakMap<Unit, (readonly Place[])[]>();

/** The functions that a place stands in, from the inside out, the file itself last. */
export function enclosing({ unit, fn }: Place): readonly Place[] {
  let ofUnit = enclosingKnown.get(unit);
  if (ofUnit === undefined) {
    ofUnit = [];
    enclosingKnown.set(unit, ofUnit);
  }
  const before = ofUnit[fn];
  if (before !== undefined) return before;
  const places: Place[] = [];
  for (let at: number | null = fn; at !== null; at = unit.syntax.functions[at]?.parent ?? null)
    places.push({ unit, fn: at });
  ofUnit[fn] = places;
  return places;
}

/** The nearest function around a place, itself included, that has a name; null in the file itself. */
export function namedFunction(place: Place): Place | null {
  for (const each of enclosing(place)) {
    if (each.fn > 0 && functionAt(each).name !== null) return each;
  }
  return null;
}

/** Names that stand for the object that a method runs on. */
export const selfNames: ReadonlySet<string> = new Set(["this", "self", "cls", "static", "Self"]);

/** A type's own name, without what it stands in: `Backend` of `pool.Backend`, `Shop::Backend`. */
export function bareName(type: string): string {
  return type.split(/::|\.|\\/).at(-1) ?? type;
}
