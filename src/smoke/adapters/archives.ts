import { rename } from "node:fs/promises";
import { join } from "node:path";
import { openArchive } from "../../backup/archive/open.ts";
import { dumpDatabase } from "../../backup/dump.ts";
import { readArchive, readArchivedRows } from "../../backup/proof/read-archive.ts";
import { openOwnedFolder } from "../../postgres/owned-folder.ts";
import type { Environment } from "../../postgres/settings.ts";
import type { Archives } from "../ports.ts";
import type { DatabaseReader, Watch } from "../../backup/proof/readings.ts";
import type { Toolbox } from "../../postgres/toolbox.ts";

interface ArchivesContext {
  readonly env: Environment;
  readonly toolbox: Toolbox;
  /** Where the archive that is made goes; null: into the run's own folder. */
  readonly writeDump: string | null;
  readonly signal: AbortSignal;
}

const fileNames = {
  custom: "backup.dump",
  directory: "backup",
  tar: "backup.tar",
  plain: "backup.sql",
} as const;

/** The archives of one run. What it dumps lies in a folder of its own, 0700, gone at the end, or where it was asked for. */
export async function openArchives({
  env,
  toolbox,
  writeDump,
  signal,
}: ArchivesContext): Promise<Archives & AsyncDisposable> {
  const folder = await openOwnedFolder(env);
  return {
    async dump({ reader, format, jobs }, watch) {
      const { facts, settings } = reader;
      const installation = await toolbox.choose({ tools: ["pg_dump"], atLeast: facts.major });
      const path = writeDump ?? join(folder.path, fileNames[format]);
      // What bears the name that was asked for is whole.
      const partial = writeDump === null ? path : `${writeDump}.partial`;
      using _progress = follow(reader, watch);
      const made = await dumpDatabase({
        installation,
        settings,
        serverMajor: facts.major,
        ...(facts.snapshot === null ? {} : { snapshot: facts.snapshot }),
        format,
        jobs,
        path: partial,
        sync: writeDump !== null,
        env,
        signal,
      });
      if (partial !== path) await rename(partial, path);
      const archive = await openArchive(path, { signal });
      return { ...archive, sha256: made.sha256, bytes: made.bytes, isPinned: true };
    },
    open: (path) => openArchive(path, { signal }),
    digest: async (archive) => (await openArchive(archive.path, { signal })).sha256,
    readContents: (archive, catalog, watch) => readArchive(archive, catalog, { env, toolbox, signal }, watch),
    readRows: (archive, catalog) => readArchivedRows(archive, catalog, { env, toolbox, signal }),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

const followEveryMs = 400;

/** Reports how far the dump has come until it is disposed of. What cannot be asked is not shown. */
function follow(reader: DatabaseReader, watch: Watch): Disposable {
  const look = async (): Promise<void> => {
    const { done, total } = await reader.dumpProgress();
    watch(done, total);
  };
  const timer = setInterval(() => void look().catch(() => undefined), followEveryMs);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}
