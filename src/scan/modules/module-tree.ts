import { basename, dirname } from "node:path/posix";
import type { ListedFile } from "../files/listing.ts";
import { readJson } from "../syntax/typescript/read-json.ts";
import type { ModuleTree } from "./resolution.ts";

/** The modules of a listing. Nothing is read before somebody asks, and each file at most once; `readText` takes an absolute path. */
export function createModuleTree(
  files: readonly ListedFile[],
  readText: (absolute: string) => string | null,
): ModuleTree {
  const texts = new Map<string, string | null>();
  const read = (path: string): string | null => {
    const before = texts.get(path);
    if (before !== undefined) return before;
    const text = readText(path);
    texts.set(path, text);
    return text;
  };
  let paths: ReadonlySet<string> | undefined;
  let workspaces: ReadonlyMap<string, string> | undefined;
  let goModules: ReadonlyMap<string, string> | undefined;
  return {
    exists: (path) => (paths ??= new Set(files.map(({ absolute }) => absolute))).has(path),
    read,
    workspaces: () =>
      (workspaces ??= foldersByName(files, "package.json", (path) => {
        // What is installed is found by its folder.
        return path.includes("/node_modules/") ? null : packageName(read(path));
      })),
    goModules: () =>
      (goModules ??= foldersByName(
        files,
        "go.mod",
        (path) => /^\s*module\s+"?([^\s"]+)/m.exec(read(path) ?? "")?.[1] ?? null,
      )),
  };
}

/** The nearest to the top counts where a name is given twice. */
function foldersByName(
  files: readonly ListedFile[],
  name: string,
  nameOf: (path: string) => string | null,
): ReadonlyMap<string, string> {
  const folders = new Map<string, string>();
  for (const { absolute } of files) {
    if (!absolute.endsWith(name) || basename(absolute) !== name) continue;
    const given = nameOf(absolute);
    const folder = dirname(absolute);
    const before = given === null ? undefined : folders.get(given);
    if (given !== null && (before === undefined || folder.length < before.length)) folders.set(given, folder);
  }
  return folders;
}

function packageName(text: string | null): string | null {
  const manifest = text === null ? null : readJson(text);
  if (typeof manifest !== "object" || manifest === null || !("name" in manifest)) return null;
  return typeof manifest.name === "string" ? manifest.name : null;
}
