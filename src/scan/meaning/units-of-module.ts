import type { Family } from "../modules/resolution.ts";
import { matchesModule, withoutExtension } from "./matches-module.ts";
import type { Program, Unit } from "./program.ts";

/** Whether a file's imports say which file or folder they mean; in other languages they name what any file may declare. */
export function resolvesModules({ family }: Unit): boolean {
  return family === "script" || family === "go" || family === "python" || family === "rust";
}

const known = new WeakMap<Program, Map<string, readonly Unit[]>>();

/** The files that a module means where a file imports it. Where the tree does not say it, all whose paths fit. */
export function unitsOfModule(program: Program, importer: Unit, module: string): readonly Unit[] {
  const resolution = program.resolveModule(importer, module);
  switch (resolution.is) {
    case "file": {
      const unit = program.unitAt(resolution.path);
      return unit === null ? [] : [unit];
    }
    case "folder":
      return program.unitsIn(importer.family, resolution.path);
    case "outside":
      return [];
    case "unknown":
      break;
  }
  let ofProgram = known.get(program);
  if (ofProgram === undefined) {
    ofProgram = new Map();
    known.set(program, ofProgram);
  }
  const key = `${importer.id} ${module}`;
  let found = ofProgram.get(key);
  if (found === undefined) {
    const last = module.split(/[/.\\]|::/).findLast((each) => each !== "") ?? "";
    const fitting = [last, withoutExtension(module).split("/").at(-1) ?? ""].flatMap((name) =>
      calledSo(program, importer.family, name),
    );
    found = [...new Set(fitting)].filter(
      (unit) => unit !== importer && matchesModule(module, importer, unit),
    );
    ofProgram.set(key, found);
  }
  return found;
}

const byName = new WeakMap<Program, ReadonlyMap<string, readonly Unit[]>>();

/** The files that a module whose path ends in this name may be. */
function calledSo(program: Program, family: Family, name: string): readonly Unit[] {
  let all = byName.get(program);
  if (all === undefined) {
    const names = new Map<string, Unit[]>();
    for (const unit of program.units) {
      const parts = withoutExtension(unit.path).split("/");
      // `index`, `mod`, `__init__` and Go's files are called as their folders are.
      for (const each of new Set([parts.at(-1), parts.at(-2), unit.syntax.package])) {
        if (each === undefined || each === null) continue;
        const list = names.get(`${unit.family} ${each}`);
        if (list === undefined) names.set(`${unit.family} ${each}`, [unit]);
        else list.push(unit);
      }
    }
    all = names;
    byName.set(program, all);
  }
  return all.get(`${family} ${name}`) ?? [];
}
