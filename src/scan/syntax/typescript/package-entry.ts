import { z } from "zod";
import { readJson } from "./read-json.ts";

const manifest = z.object({
  source: z.string().optional().catch(undefined),
  module: z.string().optional().catch(undefined),
  main: z.string().optional().catch(undefined),
  types: z.string().optional().catch(undefined),
  exports: z.unknown().optional(),
  imports: z.unknown().optional(),
});

/** What a package.json says about its own modules. */
export type Manifest = z.infer<typeof manifest>;

export function readManifest(text: string): Manifest | null {
  return manifest.safeParse(readJson(text)).data ?? null;
}

/**
 * Where a package keeps a module, by paths in its folder, the likeliest first: `subpath` is `.`, `./drop`, or `#names` for what
 * only the package itself may import. Where a path leads into what is built, what it is built from is given too.
 */
export function packageEntries(
  { source, module, main, types, exports, imports }: Manifest,
  subpath: string,
): readonly string[] {
  const mapped = subpath.startsWith("#") ? targetsOf(imports, subpath) : targetsOf(exports, subpath);
  const own = subpath === "." ? [source, module, main, types].filter((one) => one !== undefined) : [];
  const plain = subpath.startsWith("#")
    ? []
    : subpath === "."
      ? ["index", "src/index"]
      : [...withSource(subpath), `src/${subpath}`];
  return [...mapped, ...own].flatMap(withSource).concat(plain);
}

/** `dist/drop.js` is built from `src/drop`, or from `drop` beside it. */
function withSource(path: string): readonly string[] {
  const built =
    /^(?:\.\/)?(?:dist|lib|build|out|esm|cjs)(?:\/(?:esm|cjs|src|types))*\/(.*?)(?:(?:\.d)?\.[cm]?[jt]sx?)?$/.exec(
      path,
    )?.[1];
  return built === undefined ? [path] : [path, `src/${built}`, built];
}

/** The paths that an `exports` or `imports` field gives for a subpath, under any of its conditions. */
function targetsOf(field: unknown, subpath: string): readonly string[] {
  if (typeof field === "string" || Array.isArray(field)) return subpath === "." ? leaves(field, "") : [];
  if (typeof field !== "object" || field === null) return [];
  const entries = Object.entries(field);
  if (!entries.some(([key]) => key.startsWith(".") || key.startsWith("#")))
    return subpath === "." ? leaves(field, "") : [];
  for (const [key, value] of entries) {
    const star = matchStar(key, subpath);
    if (star !== null) return leaves(value, star);
  }
  return [];
}

function leaves(value: unknown, star: string): readonly string[] {
  if (typeof value === "string") return [value.replaceAll("*", () => star)];
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).flatMap((one) => leaves(one, star));
}

/** What stands for the `*` of a pattern in a name, empty where it has none; null where it does not fit. */
export function matchStar(pattern: string, name: string): string | null {
  const star = pattern.indexOf("*");
  if (star === -1) return pattern === name ? "" : null;
  const [before, after] = [pattern.slice(0, star), pattern.slice(star + 1)];
  const fits = name.length >= before.length + after.length && name.startsWith(before) && name.endsWith(after);
  return fits ? name.slice(before.length, name.length - after.length) : null;
}
