import { dirname, join } from "node:path/posix";
import { firstAbove } from "./first-above.ts";
import type { ModuleTree } from "./resolution.ts";

/** The file of a module, or the `__init__.py` of a package; null for one that the tree does not hold, or not where Python looks by itself. */
export function resolvePython(importer: string, module: string, { exists }: ModuleTree): string | null {
  const [, dots = "", rest = ""] = /^(\.*)(.*)$/s.exec(module) ?? [];
  const path = rest.replaceAll(".", "/");
  const find = (at: string): string | null =>
    [...(path === "" ? [] : [`${at}.py`]), join(at, "__init__.py")].find(exists) ?? null;
  const folder = dirname(importer);
  if (dots !== "") return find(join(folder, ...Array.from({ length: dots.length - 1 }, () => ".."), path));
  // Nobody says where the tree's roots are: the nearest folder from which the path leads somewhere is one.
  return firstAbove(folder, (at) => find(join(at, path)) ?? find(join(at, "src", path)));
}
