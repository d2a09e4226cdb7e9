import { readFileSync } from "node:fs";
import { join } from "node:path";
import ignore from "ignore";
import type { Ignore } from "ignore";

/** The rules of one file, for what lies below its folder. */
interface Level {
  /** Absolute, with `/` at its end. */
  readonly base: string;
  readonly source: string;
  readonly rules: Ignore;
}

/** The rules that hold in one folder: those of its own `.gitignore` win over those of the folders above. */
export interface IgnoreRules {
  /** Whether git would ignore it. Nothing is known of the folders above it: who walks never enters one that is ignored. */
  readonly isIgnored: (absolute: string, isFolder: boolean) => boolean;
  /** The rules inside a folder that was found not to be ignored; `names` are what lies in it. */
  readonly enter: (folder: string, names: ReadonlySet<string>) => IgnoreRules;
}

export const noIgnoreRules: IgnoreRules = ignoreRules([]);

/** Rules in the language of `.gitignore`, relative to a folder: those of a policy, or of `.git/info/exclude`. */
export function rulesOf(source: string, folder: string): IgnoreRules {
  return source.trim() === "" ? noIgnoreRules : ignoreRules([levelOf(folder, source)]);
}

function ignoreRules(levels: readonly Level[]): IgnoreRules {
  return {
    isIgnored: (absolute, isFolder) => verdict(levels, isFolder ? `${absolute}/` : absolute).isIgnored,
    enter: (folder, names) => {
      const above = included(levels, folder);
      const source = names.has(".gitignore") ? readRules(join(folder, ".gitignore")) : "";
      if (source === "" && above === levels) return ignoreRules(levels);
      return ignoreRules(source === "" ? above : [...above, levelOf(folder, source)]);
    },
  };
}

function levelOf(folder: string, source: string): Level {
  // Git on Linux minds the case; to ignore less is to scan more.
  return { base: inside(folder), source, rules: ignore({ ignorecase: false }).add(source) };
}

function verdict(
  levels: readonly Level[],
  path: string,
): { readonly isIgnored: boolean; readonly by: number | null } {
  for (let index = levels.length - 1; index >= 0; index -= 1) {
    const level = levels[index];
    if (level === undefined) continue;
    const { ignored, unignored } = level.rules.test(path.slice(level.base.length));
    if (ignored || unignored) return { isIgnored: ignored, by: index };
  }
  return { isIgnored: false, by: null };
}

/**
 * A nested file may take back what one above it ignores (`!build/`). The library would go on to ignore all that lies in that folder, as
 * one that is ignored: the rules above are told that it is not.
 */
function included(levels: readonly Level[], folder: string): readonly Level[] {
  const path = inside(folder);
  if (levels.some((level) => level.base === path)) return levels;
  const { by } = verdict(levels, path);
  if (by === null || by === 0) return levels;
  const isOverruled = (level: Level, index: number): boolean =>
    index < by && level.rules.test(path.slice(level.base.length)).ignored;
  if (!levels.some(isOverruled)) return levels;
  return levels.map((level, index) => {
    if (!isOverruled(level, index)) return level;
    const below = path.slice(level.base.length).replaceAll(/[\\*?[\]!#]/g, String.raw`\$&`);
    return levelOf(level.base, `${level.source}\n!/${below}`);
  });
}

/** A folder with `/` at its end: what the paths of all that lies in it begin with. */
export function inside(folder: string): string {
  return folder.endsWith("/") ? folder : `${folder}/`;
}

/** Empty when there is none; one that cannot be read ignores nothing. */
export function readRules(path: string): string {
  try {
    return readFileSync(path, "utf8").replace(/^\uFEFF/, "");
  } catch {
    return "";
  }
}
