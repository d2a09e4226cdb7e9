import { dirname, join } from "node:path/posix";
import { outside, unknownModule } from "./resolution.ts";
import type { ModuleTree, Resolution } from "./resolution.ts";

/** The absolute folder of a package, by the `go.mod` files of the tree; unknown where none says anything. */
export function resolveGo(importer: string, module: string, tree: ModuleTree): Resolution {
  const modules = [...tree.goModules()].toSorted(([a], [b]) => b.length - a.length);
  const home = modules.find(([path]) => module === path || module.startsWith(`${path}/`));
  if (home !== undefined) return { is: "folder", path: join(home[1], module.slice(home[0].length)) };
  const own = modules
    .map(([, folder]) => folder)
    .filter((folder) => dirname(importer).startsWith(folder))
    .toSorted((a, b) => b.length - a.length)[0];
  if (own === undefined) return unknownModule;
  // The standard library's paths have no dot in their first part.
  return module.split("/")[0]?.includes(".") === true
    ? { is: "folder", path: join(own, "vendor", module) }
    : outside;
}
