import type { ImportSyntax } from "../syntax/syntax.ts";
import type { Unit } from "./program.ts";

/** What a file imports, by how it is known there. */
interface Imports {
  readonly named: ReadonlyMap<string, readonly ImportSyntax[]>;
  /** Those without a name of their own, of which the first hundreds count. */
  readonly open: readonly ImportSyntax[];
  /** Of these, those that give the file all names of a module. */
  readonly whole: readonly ImportSyntax[];
}

const mostOpen = 200;
const known = new WeakMap<Unit, Imports>();

/** Sorts a file's imports, once. */
export function importsOf(unit: Unit): Imports {
  const before = known.get(unit);
  if (before !== undefined) return before;
  const { imports } = unit.syntax;
  const open = imports.filter(({ local }) => local === null).slice(0, mostOpen);
  const found = {
    named: Map.groupBy(
      imports.filter(({ local }) => local !== null),
      ({ local }) => local ?? "",
    ),
    open,
    whole: open.filter(({ exported }) => exported === "*"),
  };
  known.set(unit, found);
  return found;
}

/** The import by which a file knows a name. */
export function importedAs(unit: Unit, name: string): ImportSyntax | undefined {
  return importsOf(unit).named.get(name)?.[0];
}
