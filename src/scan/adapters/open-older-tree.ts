import { relative, resolve } from "node:path";
import { decodeText } from "../files/decode-text.ts";
import { readGitChanges } from "../files/git-changes.ts";
import type { Listing } from "../files/listing.ts";
import { linesOf } from "../lines.ts";
import { olderFiles } from "../policy/older-files.ts";
import type { OlderTree, Tree } from "../ports.ts";
import { readBytes } from "./open-tree.ts";
import type { TreeOptions } from "./open-tree.ts";

interface Repository {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
}

/**
 * The tree as it was when the branch left `ref`: files that did not change are those of now, the others come from git. Files have the paths that
 * they have now; those that are gone since, the paths that they had.
 */
export async function openOlderTree(
  repository: Repository,
  ref: string,
  now: Tree,
  options: TreeOptions,
): Promise<OlderTree> {
  const changes = await readGitChanges(repository, ref);
  const paths = [...changes.changed.keys()];
  const contents = new Map<string, Buffer>();
  let next = 0;
  for await (const bytes of changes.readBlobs([...changes.changed.values()].map(({ blob }) => blob))) {
    const path = paths[next];
    next += 1;
    if (path !== undefined) contents.set(path, Buffer.from(bytes));
  }
  const list = (): Listing => {
    const listing = now.list();
    const { same, older } = olderFiles(
      listing.files.map(({ path }) => path),
      changes,
      (path) => !path.startsWith("../") && isScanned(path, listing),
    );
    const files = [...same, ...older.map(({ path }) => path)].map((path) => ({
      path,
      absolute: resolve(options.listing.cwd, path),
    }));
    return { ...listing, files };
  };
  const nothing = (): void => undefined;
  const tree: Tree = {
    list,
    read(file) {
      const bytes = contents.get(file.path);
      return bytes === undefined ? now.read(file) : readBytes(file.path, bytes, options, nothing);
    },
    async readWanted(file, isWanted) {
      const bytes = contents.get(file.path);
      if (bytes === undefined) return now.readWanted(file, isWanted);
      if (!isWanted(bytes)) return null;
      return await readBytes(file.path, bytes, { ...options, hasCandidate: () => true }, nothing);
    },
    lines(path) {
      const bytes = contents.get(path);
      return bytes === undefined ? now.lines(path) : linesOf(decodeText(bytes).text);
    },
    readText(absolute) {
      const bytes = contents.get(relative(options.listing.cwd, absolute));
      return bytes === undefined ? now.readText(absolute) : decodeText(bytes).text;
    },
    save: () => null,
  };
  return { tree, base: changes.base, addedLines: changes.addedLines };
}

/** Whether a file that is gone lay in what is scanned: beside a file that is. */
function isScanned(path: string, { files }: Listing): boolean {
  const folder = path.slice(0, path.lastIndexOf("/") + 1);
  return files.some((each) => each.path.startsWith(folder));
}
