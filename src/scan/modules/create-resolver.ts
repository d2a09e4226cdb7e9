import { dirname, join } from "node:path/posix";
import type { ListedFile } from "../files/listing.ts";
import { createModuleResolver } from "../syntax/typescript/resolve-module.ts";
import { createModuleTree } from "./module-tree.ts";
import { resolveGo } from "./resolve-go.ts";
import { resolvePython } from "./resolve-python.ts";
import { resolveRust } from "./resolve-rust.ts";
import { outside, unknownModule } from "./resolution.ts";
import type { Resolution, ResolveModule } from "./resolution.ts";

/**
 * Says which files of a listing modules mean, as each language looks for them. `readText` gives what a configuration file says, by
 * its absolute path, or null.
 */
export function createResolver(
  files: readonly ListedFile[],
  readText: (absolute: string) => string | null,
): ResolveModule {
  const tree = createModuleTree(files, readText);
  const resolveScript = createModuleResolver(tree);
  let listed: ReadonlyMap<string, string> | undefined;
  let absolutes: ReadonlyMap<string, string> | undefined;
  let packages: ReadonlyMap<string, string> | undefined;
  const fileAt = (absolute: string | null): Resolution => {
    listed ??= new Map(files.map((each) => [each.absolute, each.path]));
    const path = absolute === null ? undefined : listed.get(absolute);
    return path === undefined ? unknownModule : { is: "file", path };
  };
  return (family, importer, module) => {
    absolutes ??= new Map(files.map((each) => [each.path, each.absolute]));
    const from = absolutes.get(importer);
    if (from === undefined) return unknownModule;
    switch (family) {
      case "script": {
        const found = fileAt(resolveScript(from, module));
        return found.is === "unknown" && !mayBeAlias(module) ? outside : found;
      }
      case "python": {
        const found = fileAt(resolvePython(from, module, tree));
        return found.is === "unknown" && module.startsWith(".") ? outside : found;
      }
      case "rust":
        return fileAt(resolveRust(from, module, tree));
      case "go": {
        const found = resolveGo(from, module, tree);
        if (found.is !== "folder") return found;
        packages ??= goPackages(files);
        const path = packages.get(found.path);
        return path === undefined ? outside : { is: "folder", path };
      }
      case "java":
      case "csharp":
      case "php":
      case "ruby":
        return unknownModule;
    }
  };
}

/** The same for files that are only in memory, by their paths. */
export function resolverInMemory(files: Readonly<Record<string, string>>): ResolveModule {
  const listed = Object.keys(files).map((path) => ({ path, absolute: join("/", path) }));
  return createResolver(listed, (path) => files[path.slice(1)] ?? null);
}

/** Folders that hold Go, with the paths that the listing has for them. */
function goPackages(files: readonly ListedFile[]): ReadonlyMap<string, string> {
  return new Map(
    files
      .filter(({ path }) => path.endsWith(".go"))
      .map(({ absolute, path }) => [dirname(absolute), dirname(path)]),
  );
}

/** What a bundler, a test runner or a build may lead elsewhere. A path alone and a package's bare name are looked up as they stand. */
function mayBeAlias(module: string): boolean {
  return !module.startsWith(".") && !module.startsWith("node:") && /^[~#$]|\//.test(module);
}
