import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { noIgnoreRules, readRules, rulesOf } from "./ignore-rules.ts";
import type { IgnoreRules } from "./ignore-rules.ts";

/** The folder at or above this one that holds `.git` (a folder, or the file of a worktree or submodule); null when none does. */
export function findRepository(folder: string): string | null {
  for (let at = folder; ; at = dirname(at)) {
    if (existsSync(join(at, ".git"))) return at;
    if (dirname(at) === at) return null;
  }
}

/** The rules that a repository has for itself, before any `.gitignore`. */
export function repositoryRules(root: string): IgnoreRules {
  return rulesOf(readRules(join(gitFolder(root), "info", "exclude")), root);
}

/**
 * The rules that hold for a folder, from the root of its repository down to the folder above it. One that git ignores, itself or by a folder
 * above, has none: whoever names it wants it scanned.
 */
export function rulesAbove(folder: string): IgnoreRules {
  const root = findRepository(folder);
  if (root === null) return noIgnoreRules;
  let rules = repositoryRules(root);
  if (root === folder) return rules;
  let at = root;
  for (const name of relative(root, folder).split(sep)) {
    rules = rules.enter(at, new Set([".gitignore"]));
    at = join(at, name);
    if (rules.isIgnored(at, true)) return noIgnoreRules;
  }
  return rules;
}

/** `.git` itself, what a worktree's or submodule's `.git` file names, and of a worktree the folder that it shares. */
function gitFolder(root: string): string {
  const git = join(root, ".git");
  if (statSync(git, { throwIfNoEntry: false })?.isFile() !== true) return git;
  const [, named] = /^gitdir: (.+)$/m.exec(readRules(git)) ?? [];
  if (named === undefined) return git;
  const folder = resolve(root, named.trim());
  return resolve(folder, commonFolder(folder));
}

function commonFolder(folder: string): string {
  try {
    return readFileSync(join(folder, "commondir"), "utf8").trim();
  } catch {
    return ".";
  }
}
