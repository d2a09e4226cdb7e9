import { basename, dirname } from "node:path/posix";
import { dottedPath } from "../syntax/dotted-path.ts";
import { functionAt } from "../meaning/program.ts";
import type { Place, Program, Unit } from "../meaning/program.ts";

/** Under which other names files export functions: whoever calls one by such a name need not write its own. */
export interface Aliases {
  of(place: Place): readonly string[];
  /** What functions are called where they are declared that a file gives on under this name. */
  meantBy(name: string): readonly string[];
}

/** `export { drop as remove }`, `export const remove = drop`, `pub use drops::drop as remove`; of a default export, what its file is called. */
export function createAliases(program: Program): Aliases {
  const byName = new Map<string, Set<string>>();
  const add = (name: string, alias: string): void => {
    if (name === alias) return;
    const before = byName.get(name);
    if (before === undefined) byName.set(name, new Set([alias]));
    else before.add(alias);
  };
  for (const unit of program.units) {
    for (const { local, exported } of unit.syntax.imports) {
      if (local !== null && exported !== "*" && onlyGivesOn(unit)) add(exported, local);
    }
    for (const [target, sets] of unit.sets[0] ?? []) {
      for (const { value, isExported } of sets) {
        const meant = isExported ? dottedPath(value)?.split(".").at(-1) : undefined;
        if (meant !== undefined) add(meant, target === "default" ? moduleName(unit) : target);
      }
    }
  }
  return {
    meantBy(name) {
      const names = new Set([name]);
      // What is added on the way is gone through as well.
      for (const alias of names) {
        for (const [meant, aliases] of byName) if (aliases.has(alias)) names.add(meant);
      }
      return [...names];
    },
    of(place) {
      const { name } = functionAt(place);
      const names = new Set(isDefault(place) ? [moduleName(place.unit)] : []);
      // A name that is given on may be given another name once more.
      const queue = [...(name === null ? [] : [name]), ...names, ...(isDefault(place) ? ["default"] : [])];
      for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
        for (const alias of byName.get(next) ?? []) {
          if (names.has(alias)) continue;
          names.add(alias);
          queue.push(alias);
        }
      }
      return [...names];
    },
  };
}

/** What a file imports under another name to use it itself is nobody else's. */
export function onlyGivesOn({ path, syntax }: Unit): boolean {
  return syntax.functions.length === 1 || /(?:^|\/)(?:index\.\w+|__init__\.py|(?:mod|lib)\.rs)$/.test(path);
}

function isDefault({ unit, fn }: Place): boolean {
  return (unit.sets[0]?.get("default") ?? []).some(
    ({ value }) =>
      (value.is === "function" && value.index === fn) ||
      (value.is === "name" && value.name === functionAt({ unit, fn }).name),
  );
}

/** What importers most often call a module by: the name of its file, or of the folder whose index it is. */
function moduleName({ path }: Unit): string {
  const name = basename(path).replace(/\..*$/, "");
  return name === "index" ? basename(dirname(path)) : name;
}
