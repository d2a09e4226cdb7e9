import { dirname, join } from "node:path/posix";
import { z } from "zod";
import { readJson } from "./read-json.ts";

/** What a tsconfig says of modules that are named by neither a path nor a package. Folders are paths in the tree. */
export interface PathSettings {
  /** Where every bare name is looked for first; null where none is set. */
  readonly baseUrl: string | null;
  /** `@/*` and where it leads: the first of `targets` that exists. A `*` stands for the same text in both. */
  readonly paths: readonly { readonly pattern: string; readonly targets: readonly string[] }[];
}

const tsconfig = z.object({
  extends: z.union([z.string().transform((one) => [one]), z.array(z.string())]).catch([]),
  references: z.array(z.object({ path: z.string() })).catch([]),
  compilerOptions: z
    .object({
      baseUrl: z.string().optional().catch(undefined),
      paths: z.record(z.string(), z.array(z.string()).catch([])).optional().catch(undefined),
    })
    .catch({}),
});

const deepest = 8;

/**
 * The settings of one tsconfig.json or jsconfig.json, with those that it extends inside the tree. A file that only
 * refers to others (`references`) has their paths. `read` gives a file's text by its path in the tree, or null.
 */
export function readTsconfig(path: string, read: (path: string) => string | null): PathSettings | null {
  return readAt(path, path, read, 0);
}

function readAt(
  path: string,
  top: string,
  read: (path: string) => string | null,
  depth: number,
): PathSettings | null {
  const text = depth > deepest ? null : read(path);
  const parsed = text === null ? null : tsconfig.safeParse(readJson(text));
  if (parsed?.success !== true) return null;
  const folder = dirname(path);
  const { extends: bases, references, compilerOptions } = parsed.data;
  let settings: PathSettings = { baseUrl: null, paths: [] };
  for (const base of bases) {
    const found = extended(base, folder, (one) => readAt(one, top, read, depth + 1));
    if (found === null) continue;
    settings = {
      baseUrl: found.baseUrl ?? settings.baseUrl,
      paths: found.paths.length > 0 ? found.paths : settings.paths,
    };
  }
  const within = (target: string, from: string): string =>
    target.startsWith("${configDir}")
      ? join(dirname(top), target.slice("${configDir}".length))
      : join(from, target);
  const { baseUrl, paths } = compilerOptions;
  const base = baseUrl === undefined ? settings.baseUrl : within(baseUrl, folder);
  const own = Object.entries(paths ?? {}).map(([pattern, targets]) => ({
    pattern,
    targets: targets.map((target) => within(target, base ?? folder)),
  }));
  settings = { baseUrl: base, paths: paths === undefined ? settings.paths : own };
  if (settings.paths.length > 0 || settings.baseUrl !== null) return settings;
  const referred = references.flatMap(({ path: to }) => {
    const target = join(folder, to);
    const found = readAt(
      target.endsWith(".json") ? target : join(target, "tsconfig.json"),
      top,
      read,
      depth + 1,
    );
    return found === null ? [] : [found];
  });
  return {
    baseUrl: referred.find((one) => one.baseUrl !== null)?.baseUrl ?? null,
    paths: referred.flatMap((one) => one.paths),
  };
}

/** A base is named by its path, with or without `.json`; one in a package is not in the tree. */
function extended(
  base: string,
  folder: string,
  readOne: (path: string) => PathSettings | null,
): PathSettings | null {
  if (!base.startsWith(".")) return null;
  const path = join(folder, base);
  return readOne(path) ?? readOne(`${path}.json`) ?? readOne(join(path, "tsconfig.json"));
}
