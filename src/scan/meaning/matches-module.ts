import { dirname, join } from "node:path/posix";
import type { Unit } from "./program.ts";

/**
 * Whether a module, as an import of `importer` writes it, may mean this file, by its path alone: for what the tree itself does not
 * say (see `unitsOfModule`). The last segments are compared, since what a module's root is called stands in files that need not be there.
 */
export function matchesModule(module: string, importer: Unit, unit: Unit): boolean {
  let ofImporter = known.get(importer);
  if (ofImporter === undefined) {
    ofImporter = new Map();
    known.set(importer, ofImporter);
  }
  let ofModule = ofImporter.get(module);
  if (ofModule === undefined) {
    ofModule = new Map();
    ofImporter.set(module, ofModule);
  }
  const before = ofModule.get(unit);
  if (before !== undefined) return before;
  const matches = compare(module, importer, unit);
  ofModule.set(unit, matches);
  return matches;
}

const known = new WeakMap<Unit, Map<string, Map<Unit, boolean>>>();

function compare(module: string, importer: Unit, unit: Unit): boolean {
  const bare = withoutExtension(unit.path);
  switch (unit.family) {
    case "script": {
      const wanted = withoutExtension(module.replace(/^[@~#$]+\w*\//, ""));
      return [bare, bare.replace(/\/index$/, "")].some(
        (each) => each === wanted || each.endsWith(`/${wanted}`),
      );
    }
    case "go":
      return endsWithSegments(dirname(unit.path), module) || unit.syntax.package === module.split("/").at(-1);
    case "python": {
      const [, dots = "", rest = ""] = /^(\.*)(.*)$/.exec(module) ?? [];
      const path = rest.replaceAll(".", "/");
      if (dots === "") return endsWithSegments(bare, path) || endsWithSegments(bare, join(path, "__init__"));
      const base = join(dirname(importer.path), ...Array.from({ length: dots.length - 1 }, () => ".."));
      const meant = join(base, path);
      return bare === meant || bare === join(meant, "__init__");
    }
    case "java":
    case "csharp":
    case "php": {
      const own = (unit.syntax.package ?? "").replaceAll("\\", ".");
      const wanted = module.replaceAll("\\", ".").replace(/^\./, "");
      return (
        wanted === own || wanted.startsWith(`${own}.`) || endsWithSegments(bare, wanted.replaceAll(".", "/"))
      );
    }
    case "ruby":
      return endsWithSegments(bare, withoutExtension(module).replace(/^(?:\.{1,2}\/)+/, ""));
    case "rust": {
      const segments = module.split("::").filter((each) => !["crate", "self", "super"].includes(each));
      return (
        segments.length === 0 ||
        endsWithSegments(bare.replace(/\/mod$/, ""), segments.join("/")) ||
        endsWithSegments(bare, segments.at(-1) ?? "")
      );
    }
  }
}

export function withoutExtension(path: string): string {
  return path.replace(/\.(?:d\.)?[cm]?[a-z]{1,6}$/, "");
}

/** Whether a path ends with another, whole segments only; the shorter of the two decides how many are compared, at least one. */
function endsWithSegments(path: string, end: string): boolean {
  const [a, b] = [
    path.split("/").filter(Boolean),
    end.split("/").filter((each) => each !== "" && each !== ".." && each !== "."),
  ];
  const count = Math.min(a.length, b.length);
  return count > 0 && b.slice(-count).every((each, index) => each === a.slice(-count)[index]);
}
