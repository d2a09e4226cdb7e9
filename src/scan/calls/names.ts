import { dirname } from "node:path/posix";
import { functionsElsewhere } from "../meaning/functions-elsewhere.ts";
import { functionAt } from "../meaning/program.ts";
import type { Place, Program, Unit } from "../meaning/program.ts";
import { onlyGivesOn } from "./aliases.ts";
import { keyOf } from "./place-key.ts";

/**
 * Functions that a policy names: `guardedDrop` (a bare name), `(*LocalBackend).Deprovision` or `LocalBackend.deprovision` (a qualified one),
 * `drops.guardedDrop` (of a package, a module or a class), `src/drops.ts#guardedDrop` (of a file: exact). A qualified one may be written as a report
 * writes it.
 */
export interface Names {
  readonly entries: readonly string[];
  /** The entry that names this function; null where none does. */
  readonly match: (place: Place) => string | null;
  /** Whether a call of what the program does not hold may be meant. */
  matchesName(name: string, chain: readonly string[]): boolean;
}

export function createNames(entries: readonly string[], program: Program): Names {
  const given = new Map(
    entries.flatMap((entry) => givenOnBy(program, entry).map((place) => [keyOf(place), entry] as const)),
  );
  return {
    entries,
    match: (place) =>
      entries.find((entry) => names(program, entry, place)) ?? given.get(keyOf(place)) ?? null,
    matchesName: (name, chain) =>
      entries.some((entry) => {
        if (entry.includes("#")) return entry.split("#").at(-1) === name;
        const parts = segmentsOf(entry);
        return (
          parts.at(-1) === name &&
          (parts.length === 1 || parts.slice(-2).join(".") === chain.slice(-2).join("."))
        );
      }),
  };
}

function names(program: Program, entry: string, place: Place): boolean {
  const { name, owner, qualified } = functionAt(place);
  if (name === null) return false;
  // Ruby's `Shop::LocalBackend#deprovision` is no file's.
  const isOfFile = entry.includes("#") && !/^[A-Z][\w:]*#/.test(entry);
  const [path, local] = isOfFile ? entry.split("#", 2) : [null, entry];
  if (local === undefined) return false;
  if (path !== null && place.unit.path !== path && !place.unit.path.endsWith(`/${path}`)) return false;
  if (plain(local) === plain(qualified) || local === name) return true;
  const parts = segmentsOf(local);
  if (parts.length < 2 || parts.at(-1) !== name) return false;
  const before = parts.slice(0, -1).join(".");
  const own = owner === null ? null : segmentsOf(owner).join(".");
  if (own !== null && (own === before || own.endsWith(`.${before}`))) return true;
  const { package: inPackage } = place.unit.syntax;
  const container = segmentsOf(inPackage ?? moduleOf(place.unit.path)).join(".");
  const full = own === null ? container : `${container}.${own}`;
  if (full === before || full.endsWith(`.${before}`)) return true;
  return (
    path === null && isOfPackage(program, place.unit, local) && (own === null || before.endsWith(`.${own}`))
  );
}

/** Whether a package of Go is the one that an entry names by the path that it is imported by: `example.com/shop/internal/drops.Drop`. */
function isOfPackage(program: Program, unit: Unit, entry: string): boolean {
  const module = /^(.+\/[^/.]+)\./.exec(entry)?.[1];
  if (unit.family !== "go" || module === undefined) return false;
  const resolution = program.resolveModule(unit, module);
  const folder = dirname(unit.path);
  if (resolution.is === "folder") return resolution.path === folder;
  return (
    `/${folder}`.endsWith(`/${module}`) ||
    (resolution.is === "unknown" && `/${module}`.endsWith(`/${folder}`))
  );
}

/** What a file gives on of others, where an entry names it by that file: `src/db/index.ts#drop`, `app.db.drop`. */
function givenOnBy(program: Program, entry: string): readonly Place[] {
  const [path, local] = entry.includes("#") ? entry.split("#", 2) : [null, entry];
  const parts = segmentsOf(local ?? "");
  const name = parts.at(-1);
  if (name === undefined || (path === null && parts.length < 2)) return [];
  const before = parts.slice(0, -1).join(".");
  return program.units.filter(onlyGivesOn).flatMap((unit) => {
    const container = moduleOf(unit.path.replace(/\/(?:index|mod|lib|__init__)(?=\.\w+$)/, ""));
    const isMeant =
      path === null
        ? container === before || container.endsWith(`.${before}`)
        : unit.path === path || unit.path.endsWith(`/${path}`);
    return isMeant ? functionsElsewhere(program, unit, path === null ? name : parts.join(".")) : [];
  });
}

/** `(*T).M` and `T.M`, `A::B#m` and `A.B.m` are the same. */
function plain(name: string): string {
  return segmentsOf(name).join(".");
}

function segmentsOf(name: string): readonly string[] {
  // Type parameters are no part of a name: `(*Table[K]).Drop`, `Table<K>.drop`.
  return name
    .replaceAll(/\[[^\]]*\]|<[^>]*>/g, "")
    .split(/[^\p{L}\p{N}_$?!]+/u)
    .filter((each) => each !== "");
}

/** What other files call a file: its path without the extension. */
function moduleOf(path: string): string {
  return path.replace(/\.[^./]+$/, "").replaceAll("/", ".");
}

/** The functions of a program that each entry names. */
export function definitionsOf(
  program: Program,
  { entries, match }: Names,
): ReadonlyMap<string, readonly Place[]> {
  const isNamed = (entry: string, place: Place): boolean =>
    names(program, entry, place) || match(place) === entry;
  return new Map(
    entries.map((entry) => [
      entry,
      program.units.flatMap((unit) =>
        [...unit.syntax.functions.keys()]
          .filter((fn) => fn > 0)
          .map((fn) => ({ unit, fn }))
          .filter((place) => isNamed(entry, place)),
      ),
    ]),
  );
}

/** Whether an entry is a bare name, which only one function of the tree may bear. */
export function isBare(entry: string): boolean {
  return !entry.includes("#") && segmentsOf(entry).length === 1;
}
