import { basename, dirname, join } from "node:path/posix";
import { firstAbove } from "./first-above.ts";
import type { ModuleTree } from "./resolution.ts";

/**
 * The file of a module by its path from the crate, from the module that names it, or from another crate of the tree; of a module
 * that stands within a file, that file. Null where the tree holds none.
 */
export function resolveRust(importer: string, module: string, tree: ModuleTree): string | null {
  const segments = module.split("::").filter(Boolean);
  const [first, ...rest] = segments;
  switch (first) {
    case undefined:
      return null;
    case "crate": {
      const root = crateRoot(dirname(importer), tree);
      return root === null ? null : findModule(root, rest, tree);
    }
    case "self":
    case "super": {
      const up = segments.findIndex((each) => each !== "self" && each !== "super");
      const below = up === -1 ? [] : segments.slice(up);
      const above = segments.slice(0, up === -1 ? segments.length : up).filter((each) => each === "super");
      return findModule(join(moduleFolder(importer), ...above.map(() => "..")), below, tree);
    }
    default:
      // A module beside this one, or another crate: its folder is most often called as the crate is.
      return (
        findModule(moduleFolder(importer), segments, tree, 1) ??
        firstAbove(dirname(importer), (at) => {
          const names = [first, first.replaceAll("_", "-")].flatMap((name) => [name, `crates/${name}`]);
          const home = names.map((name) => join(at, name, "src")).find((each) => isCrate(each, tree));
          return home === undefined ? null : findModule(home, rest, tree);
        })
      );
  }
}

function isCrate(folder: string, { exists }: ModuleTree): boolean {
  return exists(join(folder, "lib.rs")) || exists(join(folder, "main.rs"));
}

function crateRoot(folder: string, tree: ModuleTree): string | null {
  return firstAbove(folder, (at) => (isCrate(at, tree) ? at : null));
}

/** Where the modules lie that a file declares. */
function moduleFolder(path: string): string {
  const name = basename(path, ".rs");
  return ["mod", "lib", "main"].includes(name) ? dirname(path) : join(dirname(path), name);
}

/** The longest beginning of a path that is a file; at least `least` segments of it. */
function findModule(
  folder: string,
  segments: readonly string[],
  { exists }: ModuleTree,
  least = 0,
): string | null {
  for (let count = segments.length; count >= least; count -= 1) {
    const at = join(folder, ...segments.slice(0, count));
    const files =
      count === 0
        ? [`${at}/lib.rs`, `${at}/main.rs`, `${at}/mod.rs`, `${at}.rs`]
        : [`${at}.rs`, `${at}/mod.rs`];
    const found = files.find(exists);
    if (found !== undefined) return found;
  }
  return null;
}
