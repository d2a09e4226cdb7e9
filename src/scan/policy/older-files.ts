import type { GitChanges } from "../files/git-changes.ts";

/** What the older tree was made of, under the paths that its files have now. */
export interface OlderFiles {
  /** Files that are the same in both: what was learnt of them holds for both. */
  readonly same: readonly string[];
  /** Files that were otherwise, or are gone, with the name of their content in git. */
  readonly older: readonly { readonly path: string; readonly blob: string }[];
}

/**
 * The older tree of a scan over `paths`. Of files that are gone those count that `wasScanned` would have taken; a chokepoint or a sanctioned function
 * may have been in them.
 */
export function olderFiles(
  paths: readonly string[],
  { added, changed, addedFolders }: Pick<GitChanges, "added" | "changed" | "addedFolders">,
  wasScanned: (path: string) => boolean,
): OlderFiles {
  const now = new Set(paths);
  const isAdded = (path: string): boolean =>
    added.has(path) || addedFolders.some((folder) => folder === "" || path.startsWith(`${folder}/`));
  return {
    same: paths.filter((path) => !changed.has(path) && !isAdded(path)),
    older: [...changed]
      .filter(([path]) => now.has(path) || wasScanned(path))
      .map(([path, { blob }]) => ({ path, blob })),
  };
}
