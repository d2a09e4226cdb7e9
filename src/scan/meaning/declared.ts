import type { Expression } from "../syntax/syntax.ts";
import { dottedPath } from "../syntax/dotted-path.ts";
import { importsOf } from "./imports-of.ts";
import { unitsOfModule } from "./units-of-module.ts";
import type { Program, Unit } from "./program.ts";

/** What a file declares, by its name or dotted path there; the empty path is the file as a whole. */
export interface Declared {
  readonly unit: Unit;
  readonly path: string;
}

type Segments = readonly string[];

/** More files than these do not give on one name. */
const mostSteps = 64;

const known = new WeakMap<Program, Map<Unit, Map<string, readonly Declared[]>>>();

/**
 * Where what a file knows by a name or dotted path through its imports is declared, behind all files that only give it on (`export … from`,
 * `pub use`, an `__init__.py`). None for what it does not import, and for what the program does not hold.
 */
export function declaredElsewhere(program: Program, unit: Unit, path: string): readonly Declared[] {
  let ofProgram = known.get(program);
  if (ofProgram === undefined) {
    ofProgram = new Map();
    known.set(program, ofProgram);
  }
  let ofUnit = ofProgram.get(unit);
  if (ofUnit === undefined) {
    ofUnit = new Map();
    ofProgram.set(unit, ofUnit);
  }
  const before = ofUnit.get(path);
  if (before !== undefined) return before;
  const found = throughImports(program, unit, path.split("."), new Set());
  ofUnit.set(path, found);
  return found;
}

function throughImports(
  program: Program,
  unit: Unit,
  path: Segments,
  seen: Set<string>,
): readonly Declared[] {
  const key = `${unit.id} ${path.join(".")}`;
  if (seen.has(key) || seen.size > mostSteps) return [];
  seen.add(key);
  const { named, whole } = importsOf(unit);
  // `import app.names` names a path.
  for (let count = path.length; count > 0; count -= 1) {
    const imports = named.get(path.slice(0, count).join(".")) ?? [];
    const found = imports.flatMap(({ module, exported }) => {
      const rest = path.slice(count);
      return inModule(program, unit, module, exported === "*" ? rest : [exported, ...rest], seen);
    });
    if (found.length > 0) return found;
  }
  const [first, ...rest] = path;
  if (unit.family === "go" && rest.length > 0 && named.get(first ?? "") === undefined) {
    // A package need not be called as its folder is.
    return unit.syntax.imports.flatMap(({ module }) =>
      unitsOfModule(program, unit, module).some((each) => each.syntax.package === first)
        ? inModule(program, unit, module, rest, seen)
        : [],
    );
  }
  return whole.flatMap(({ module }) => inModule(program, unit, module, path, seen));
}

/** What a module gives under a path. */
function inModule(
  program: Program,
  importer: Unit,
  module: string,
  path: Segments,
  seen: Set<string>,
): readonly Declared[] {
  const [first, ...rest] = path;
  const found = unitsOfModule(program, importer, module).flatMap((unit): readonly Declared[] => {
    if (first === undefined)
      return declares(unit, "default")
        ? behindAlias(program, unit, "default", [], seen)
        : [{ unit, path: "" }];
    if (declares(unit, first)) return behindAlias(program, unit, first, rest, seen);
    // Only what is of Go's own package is seen through it.
    if (unit.family === "go") return [];
    const further = throughImports(program, unit, path, seen);
    if (further.length > 0 || first !== "default") return further;
    // CommonJS gives the whole where ESM asks for its default.
    return rest.length === 0
      ? [{ unit, path: "" }]
      : declares(unit, rest[0] ?? "")
        ? [{ unit, path: rest.join(".") }]
        : throughImports(program, unit, rest, seen);
  });
  if (found.length > 0 || first === undefined) return found;
  // What is named of a package may be a module in it.
  switch (importer.family) {
    case "python":
      return inModule(program, importer, `${module}${module.endsWith(".") ? "" : "."}${first}`, rest, seen);
    case "rust":
      return inModule(program, importer, `${module}::${first}`, rest, seen);
    default:
      return [];
  }
}

/** What a file declares as another name for something is that: `export { drop as remove }`, `exports.drop = require("./drops").drop`. */
function behindAlias(
  program: Program,
  unit: Unit,
  name: string,
  rest: Segments,
  seen: Set<string>,
): readonly Declared[] {
  const own: readonly Declared[] = [{ unit, path: [name, ...rest].join(".") }];
  const [set, ...others] = unit.sets[0]?.get(name) ?? [];
  if (set === undefined || others.length > 0 || seen.size > mostSteps) return own;
  const { value } = set;
  const required = value.is === "member" ? requiredBy(value.of) : requiredBy(value);
  if (required !== null) {
    const path = value.is === "member" ? [value.name, ...rest] : rest;
    const found = inModule(program, unit, required, path, seen);
    return found.length > 0 ? found : own;
  }
  const meant = dottedPath(value)?.split(".");
  const [first] = meant ?? [];
  if (meant === undefined || first === undefined || first === name) return own;
  const key = `${unit.id} = ${name}`;
  if (seen.has(key)) return own;
  seen.add(key);
  const whole = [...meant, ...rest];
  const found = declares(unit, first)
    ? behindAlias(program, unit, first, whole.slice(1), seen)
    : throughImports(program, unit, whole, seen);
  return found.length > 0 ? found : own;
}

/** What a module gives under a path to a file that names it in an expression. */
export function declaredInModule(
  program: Program,
  importer: Unit,
  module: string,
  path: string,
): readonly Declared[] {
  return inModule(program, importer, module, path.split("."), new Set());
}

/** The module of `require("./drops")` and `import("./drops")`. */
export function requiredBy(value: Expression): string | null {
  if (value.is !== "call" || value.callee.is !== "name") return null;
  if (value.callee.name !== "require" && value.callee.name !== "import") return null;
  const [module] = value.args;
  return module?.is === "text" ? module.text : null;
}

const declaredByUnit = new WeakMap<Unit, ReadonlySet<string>>();

/** Whether a file itself declares a name outside of functions. */
function declares(unit: Unit, name: string): boolean {
  let names = declaredByUnit.get(unit);
  if (names === undefined) {
    const { functions, types } = unit.syntax;
    names = new Set([
      ...(unit.sets[0]?.keys() ?? []).map((target) => target.split(".")[0] ?? target),
      ...functions.flatMap((each) =>
        each.owner === null ? (each.parent === 0 && each.name !== null ? [each.name] : []) : [each.owner],
      ),
      ...types.map((each) => each.name),
    ]);
    declaredByUnit.set(unit, names);
  }
  return names.has(name);
}
