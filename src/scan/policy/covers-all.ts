import { resolve } from "node:path";

/**
 * Whether a run looks at all that the policy speaks of: of a few files or one folder nobody can say that a sanctioned function is not there, that
 * nothing enters one elsewhere, or that a suppression suppresses nothing. `given` are the command line's paths, `paths` the policy's, absolute.
 */
export function coversAll(given: readonly string[], paths: readonly string[], cwd: string): boolean {
  const roots = given.map((path) => resolve(cwd, path));
  const wanted = paths.length === 0 ? [cwd] : paths;
  return (
    given.length === 0 ||
    wanted.every((path) =>
      roots.some((root) => path === root || path.startsWith(root === "/" ? root : `${root}/`)),
    )
  );
}
