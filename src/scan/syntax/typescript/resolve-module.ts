import { dirname, join } from "node:path/posix";
import { firstAbove } from "../../modules/first-above.ts";
import type { ModuleTree } from "../../modules/resolution.ts";
import { matchStar, packageEntries, readManifest } from "./package-entry.ts";
import { readTsconfig } from "./read-tsconfig.ts";
import type { PathSettings } from "./read-tsconfig.ts";

/** The file that a module means where `importer` names it; null for one that is not in the tree. */
type ResolveScript = (importer: string, specifier: string) => string | null;

/** What is asked of the tree for a folder is kept: a resolver is for one state of the tree. */
export function createModuleResolver(tree: ModuleTree): ResolveScript {
  const settings = new Map<string, PathSettings | null>();
  const settingsFor = (folder: string): PathSettings | null => {
    const known = settings.get(folder);
    if (known !== undefined) return known;
    const above = dirname(folder);
    const found =
      readTsconfig(join(folder, "tsconfig.json"), tree.read) ??
      readTsconfig(join(folder, "jsconfig.json"), tree.read) ??
      (above === folder ? null : settingsFor(above));
    settings.set(folder, found);
    return found;
  };
  return (importer, specifier) => {
    // `./drop.sql?raw`, as bundlers have it.
    const module = specifier.replace(/^node:.*/, "").replace(/\?.*$/s, "");
    if (module === "") return null;
    const folder = dirname(importer);
    const find = (path: string): string | null => findFile(path, isTypeScript(importer), tree.exists);
    if (/^\.{1,2}(?:\/|$)/.test(module)) return find(join(folder, module));
    // From the folder that a server gives out, which lies somewhere above.
    if (module.startsWith("/")) return firstAbove(folder, (at) => find(join(at, module)));
    return (
      byPaths(module, settingsFor(folder), find) ??
      byPackage(module, folder, tree, find) ??
      byHabit(module, folder, find)
    );
  };
}

function isTypeScript(path: string): boolean {
  return !/\.[cm]?jsx?$/.test(path);
}

const extensions = [
  ".ts",
  ".tsx",
  ".mts",
  ".cts",
  ".js",
  ".jsx",
  ".mjs",
  ".cjs",
  ".vue",
  ".svelte",
  ".astro",
  ".json",
  ".d.ts",
];

/** What TypeScript's files are called once they are built. */
const sources: Readonly<Record<string, readonly string[]>> = {
  ".js": [".ts", ".tsx"],
  ".jsx": [".tsx"],
  ".mjs": [".mts"],
  ".cjs": [".cts"],
};

/** The file that a path without a sure extension means: `names.js` is `names.ts` to TypeScript, a folder its index. */
function findFile(path: string, fromTypeScript: boolean, exists: (path: string) => boolean): string | null {
  if (path.startsWith("../")) return null;
  const extension = /\.[cm]?jsx?$/.exec(path)?.[0] ?? "";
  const bare = path.slice(0, path.length - extension.length);
  const built = (sources[extension] ?? []).map((one) => bare + one);
  const itself = /\.\w+$/.test(path) ? [path] : [];
  const candidates = [
    ...(fromTypeScript ? [...built, ...itself] : [...itself, ...built]),
    ...extensions.map((one) => path + one),
    ...extensions.map((one) => join(path, `index${one}`)),
  ];
  return candidates.find(exists) ?? null;
}

/** The longest pattern that fits decides, as in TypeScript. */
function byPaths(
  module: string,
  settings: PathSettings | null,
  find: (path: string) => string | null,
): string | null {
  if (settings === null) return null;
  const fitting = settings.paths.flatMap(({ pattern, targets }) => {
    const star = matchStar(pattern, module);
    return star === null ? [] : [{ pattern, targets, star }];
  });
  fitting.sort((a, b) => b.pattern.indexOf("*") - a.pattern.indexOf("*"));
  const exact = fitting.find(({ pattern }) => !pattern.includes("*"));
  for (const { targets, star } of exact === undefined ? fitting : [exact, ...fitting])
    for (const target of targets) {
      const found = find(target.replace("*", () => star));
      if (found !== null) return found;
    }
  return settings.baseUrl === null ? null : find(join(settings.baseUrl, module));
}

function byPackage(
  module: string,
  folder: string,
  { workspaces, read, exists }: ModuleTree,
  find: (path: string) => string | null,
): string | null {
  if (module.startsWith("#")) {
    // The nearest package is whose own it is.
    return firstAbove(folder, (at) => inPackage(at, module, read, find));
  }
  const [, name = "", rest = ""] = /^((?:@[^/]+\/)?[^/]+)\/?(.*)$/.exec(module) ?? [];
  const subpath = rest === "" ? "." : `./${rest}`;
  const home = workspaces().get(name);
  if (home !== undefined) return inPackage(home, subpath, read, find);
  return firstAbove(folder, (at) => {
    const installed = join(at, "node_modules", name);
    return exists(join(installed, "package.json")) ? inPackage(installed, subpath, read, find) : null;
  });
}

function inPackage(
  folder: string,
  subpath: string,
  read: ModuleTree["read"],
  find: (path: string) => string | null,
): string | null {
  const text = read(join(folder, "package.json"));
  const manifest = (text === null ? null : readManifest(text)) ?? {};
  for (const entry of packageEntries(manifest, subpath)) {
    const found = find(join(folder, entry));
    if (found !== null) return found;
  }
  return null;
}

/** `@/names` and `~/names` are set up in a bundler, nearly always for `src` of the folder where the package begins, or for itself. */
function byHabit(module: string, folder: string, find: (path: string) => string | null): string | null {
  const path = /^(?:@|~|~~)\/(.+)$/.exec(module)?.[1];
  if (path === undefined) return null;
  return firstAbove(folder, (at) => find(join(at, "src", path)) ?? find(join(at, path)));
}
