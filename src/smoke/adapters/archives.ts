import { rename } from "node:fs/promises";
import { join } from "node:path";
import { oldestToolMajor } from "../../backup/archive/archive.ts";
import { readArchiveContents, readArchiveTable } from "../../backup/archive/contents.ts";
import { openArchive } from "../../backup/archive/open.ts";
import { dumpDatabase } from "../../backup/dump.ts";
import { OpsError } from "../../errors.ts";
import { openOwnedFolder } from "../../postgres/owned-folder.ts";
import type { Environment } from "../../postgres/settings.ts";
import type { Archives, DatabaseReader, Watch } from "../ports.ts";
import { columnTypesOf } from "./column-types.ts";
import type { Toolbox } from "./toolbox.ts";

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
    async readContents(archive, catalog, watch) {
      const installation = await toolbox.choose({ tools: ["pg_restore"], atLeast: oldestToolMajor(archive) });
      const options = { installation, env, signal, columnTypes: columnTypesOf(catalog), onProgress: watch };
      const contents = await readArchiveContents(archive, options).catch((error: unknown) => {
        // Nothing of the data could be read: that is a fact about the archive, not a reason to have no verdict.
        if (error instanceof OpsError && error.code === "unreadable-archive") return error;
        throw error;
      });
      if (contents instanceof OpsError)
        return { contents: nothing, undigested: [], damage: [contents.message] };
      return {
        contents,
        undigested: contents.undigested.map(({ table }) => table),
        damage: contents.failures.map(({ object, detail }) => `${object}: ${detail}`),
      };
    },
    readRows: (archive, catalog) =>
      async function* ({ schema, name }) {
        const installation = await toolbox.choose({
          tools: ["pg_restore"],
          atLeast: oldestToolMajor(archive),
        });
        const columnTypes = columnTypesOf(catalog);
        yield* readArchiveTable(archive, { schema, name }, { installation, env, signal, columnTypes });
      },
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

const nothing = { tables: [], sequences: [], largeObjects: [], encoding: "UTF8" };

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
