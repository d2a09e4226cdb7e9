import { createHash } from "node:crypto";
import { readdirSync } from "node:fs";
import { readFile, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { bundleFiles } from "../../../audit/bundle/statement.ts";
import { openNewFolder } from "../../../run/new-folder.ts";
import type { Archive } from "../ports.ts";

/** Verifies a folder offline. Throws `archive-unsound` for whatever keeps it from being clean. */
export type CheckArchive = (
  path: string,
  onProgress: (rows: number, total?: number) => void,
) => Promise<void>;

/** Makes an archive where nothing is yet. Throws `file-unwritable`. */
export function openArchive(path: string, checkArchive: CheckArchive): Archive {
  const leftovers = listUnfinished(path);
  const folder = openNewFolder(path);
  let isSettled = false;
  let isKept = false;
  return {
    folder,
    leftovers,
    async settle() {
      folder.commit();
      isSettled = true;
    },
    async check(onProgress) {
      await checkArchive(path, onProgress);
      return createHash("sha256")
        .update(await readFile(join(path, bundleFiles.report)))
        .digest();
    },
    keep() {
      isKept = true;
    },
    async [Symbol.asyncDispose]() {
      folder[Symbol.dispose]();
      if (isSettled && !isKept) await rm(path, { recursive: true, force: true });
    },
  };
}

/** What `openNewFolder` of the same path has begun and not finished; nothing where that cannot be seen. */
function listUnfinished(path: string): readonly string[] {
  const parent = dirname(path);
  const begins = `.${basename(path)}.`;
  try {
    return readdirSync(parent)
      .filter((each) => each.startsWith(begins) && /^[0-9a-f]{12}\.tmp$/.test(each.slice(begins.length)))
      .map((each) => join(parent, each));
  } catch {
    // openNewFolder says what is wrong with the place.
    return [];
  }
}
