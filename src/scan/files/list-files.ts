import { realpathSync, statSync } from "node:fs";
import type { Stats } from "node:fs";
import { relative, resolve } from "node:path";
import { OpsError } from "../../errors.ts";
import type { UnparsedFile } from "../finding.ts";
import { explainError } from "./explain-error.ts";
import { rulesAbove } from "./find-repository.ts";
import { inside, noIgnoreRules, rulesOf } from "./ignore-rules.ts";
import type { ListedFile, Listing, ListOptions, SkippedCounts } from "./listing.ts";
import { walkTree } from "./walk-tree.ts";

/**
 * Lists what is to be scanned. A file that is given by name is listed whatever `.gitignore` says of it, and so is what lies in a folder
 * that is given by name; the policy's `ignore` holds for both, so that a hook that names the files of a commit judges as a run over the tree does. Throws
 * `bad-input` for a path that is not there, or is neither file nor folder.
 */
export function listFiles({ cwd, paths, ignore }: ListOptions): Listing {
  const excluded = rulesOf(ignore.patterns.join("\n"), ignore.folder);
  const skipped: SkippedCounts = {
    ignored: 0,
    dependencies: 0,
    links: 0,
    special: 0,
    binary: 0,
    documents: 0,
  };
  const files = new Map<string, ListedFile>();
  const links: string[] = [];
  const unparsed: UnparsedFile[] = [];
  const add = (absolute: string): void => {
    if (!files.has(absolute)) files.set(absolute, { path: shownPath(cwd, absolute), absolute });
  };
  const isExcluded = (absolute: string, isFolder: boolean): boolean => {
    if (excluded === noIgnoreRules || !absolute.startsWith(inside(ignore.folder))) return false;
    return excluded.isIgnored(absolute, isFolder);
  };
  const given = paths.length === 0 ? ["."] : paths;
  for (const path of given) {
    const absolute = resolve(cwd, path);
    const status = statusOf(path, absolute);
    if (status.isFile()) {
      if (isExcluded(absolute, false)) skipped.ignored += 1;
      else add(absolute);
    } else if (status.isDirectory()) {
      walkTree(absolute, rulesAbove(absolute), {
        file: add,
        link: (each) => links.push(each),
        unread: (each, reason, detail) =>
          unparsed.push({ path: shownPath(cwd, each), line: null, reason, detail }),
        skipped,
        isExcluded,
        entersDependencies: absolute.split("/").includes("node_modules"),
      });
    } else {
      throw new OpsError("bad-input", `${path} is neither a file nor a folder`, "name files and folders");
    }
  }
  skipped.links = links.length;
  const roots = given.map((path) => realpathSync(resolve(cwd, path)));
  return {
    files: [...files.values()].sort((a, b) => (a.path < b.path ? -1 : 1)),
    skipped,
    outside: links.filter((each) => leadsOut(each, roots)).map((each) => shownPath(cwd, each)),
    unparsed,
  };
}

/** Relative to the working directory, with `/`. */
function shownPath(cwd: string, absolute: string): string {
  return absolute.startsWith(inside(cwd))
    ? absolute.slice(inside(cwd).length)
    : relative(cwd, absolute) || ".";
}

function statusOf(path: string, absolute: string): Stats {
  try {
    return statSync(absolute);
  } catch (cause) {
    const isGone = cause instanceof Error && "code" in cause && cause.code === "ENOENT";
    const why = isGone ? "there is no such file or folder" : explainError(cause);
    throw new OpsError("bad-input", `cannot scan ${path}: ${why}`, "name files and folders that are there", {
      cause,
    });
  }
}

/** One that leads nowhere, or in a circle, leads to nothing that could run. */
function leadsOut(link: string, roots: readonly string[]): boolean {
  try {
    const target = realpathSync(link);
    return !roots.some((root) => target === root || target.startsWith(inside(root)));
  } catch {
    return false;
  }
}
