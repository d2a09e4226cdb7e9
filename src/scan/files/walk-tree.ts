import { lstatSync, readdirSync } from "node:fs";
import type { Dirent } from "node:fs";
import type { UnparsedFile } from "../finding.ts";
import { repositoryRules } from "./find-repository.ts";
import { inside } from "./ignore-rules.ts";
import type { IgnoreRules } from "./ignore-rules.ts";
import type { SkippedCounts } from "./listing.ts";
import { explainError } from "./explain-error.ts";
import { withoutCode } from "./without-code.ts";

const versionControl: ReadonlySet<string> = new Set([".git", ".hg", ".svn", ".jj"]);
/** No sane tree is deeper; a file system that loops is. */
const deepest = 256;

/** What a walk tells whoever started it. Paths are absolute. */
export interface Walk {
  readonly file: (absolute: string) => void;
  readonly link: (absolute: string) => void;
  readonly unread: (absolute: string, reason: UnparsedFile["reason"], detail: string) => void;
  readonly skipped: SkippedCounts;
  /** Whether the policy ignores it. */
  readonly isExcluded: (absolute: string, isFolder: boolean) => boolean;
  /** Whether `node_modules` are entered: somebody named one. */
  readonly entersDependencies: boolean;
}

/**
 * Walks a folder, in the order of its names, as git would: what is ignored is not entered, a nested repository goes by its own rules. Links are
 * told of and not followed; what is neither file nor folder is counted and never opened. `rules` are those above the folder.
 */
export function walkTree(folder: string, rules: IgnoreRules, walk: Walk, depth = 0): void {
  if (depth > deepest) return walk.unread(folder, "unreadable", `folders are nested deeper than ${deepest}`);
  const entries = readFolder(folder, walk);
  if (entries === null) return;
  const names = new Set(entries.map((each) => each.name));
  // A submodule's or nested repository's files are none of the outer one's business.
  const outer = depth > 0 && names.has(".git") ? repositoryRules(folder) : rules;
  const inner = outer.enter(folder, names);
  for (const entry of entries) visit(entry, `${inside(folder)}${entry.name}`, inner, walk, depth);
}

function visit(entry: Dirent, absolute: string, rules: IgnoreRules, walk: Walk, depth: number): void {
  const { skipped } = walk;
  if (versionControl.has(entry.name)) return;
  const kind = kindOf(entry, absolute);
  if (kind === "folder") {
    if (entry.name === "node_modules" && !walk.entersDependencies) skipped.dependencies += 1;
    else if (isIgnored(absolute, true, rules, walk)) skipped.ignored += 1;
    else walkTree(absolute, rules, walk, depth + 1);
    return;
  }
  if (kind === "special") {
    skipped.special += 1;
    return;
  }
  const without = kind === "file" ? withoutCode(entry.name) : null;
  if (without === "binary") skipped.binary += 1;
  else if (without === "document") skipped.documents += 1;
  else if (isIgnored(absolute, false, rules, walk)) skipped.ignored += 1;
  else if (entry.name.includes("\uFFFD")) walk.unread(absolute, "unreadable", "its name is no UTF-8");
  else if (kind === "link") walk.link(absolute);
  else walk.file(absolute);
}

function isIgnored(absolute: string, isFolder: boolean, rules: IgnoreRules, walk: Walk): boolean {
  return rules.isIgnored(absolute, isFolder) || walk.isExcluded(absolute, isFolder);
}

function kindOf(entry: Dirent, absolute: string): "file" | "folder" | "link" | "special" {
  if (entry.isFile()) return "file";
  if (entry.isDirectory()) return "folder";
  if (entry.isSymbolicLink()) return "link";
  if (entry.isFIFO() || entry.isSocket() || entry.isBlockDevice() || entry.isCharacterDevice())
    return "special";
  // Some file systems do not say what an entry is.
  const status = lstatSync(absolute, { throwIfNoEntry: false });
  if (status?.isFile()) return "file";
  if (status?.isDirectory()) return "folder";
  return status?.isSymbolicLink() ? "link" : "special";
}

function readFolder(folder: string, walk: Walk): readonly Dirent[] | null {
  try {
    const entries = readdirSync(folder, { withFileTypes: true });
    return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (error) {
    walk.unread(folder, "unreadable", explainError(error));
    return null;
  }
}
