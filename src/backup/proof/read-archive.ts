import { oldestToolMajor } from "../archive/archive.ts";
import type { Archive } from "../archive/archive.ts";
import { columnTypesOf } from "../archive/column-types.ts";
import { readArchiveContents, readArchiveTable } from "../archive/contents.ts";
import type { CatalogObject } from "../fingerprint.ts";
import { OpsError } from "../../errors.ts";
import type { Environment } from "../../postgres/settings.ts";
import type { Toolbox } from "../../postgres/toolbox.ts";
import type { ArchivedRows, ArchiveReading, Watch } from "./readings.ts";

export interface ReadArchiveContext {
  readonly env: Environment;
  readonly toolbox: Toolbox;
  readonly signal: AbortSignal;
}

const nothing = { tables: [], sequences: [], largeObjects: [], encoding: "UTF8" };

/** One pass over all data of an archive; `catalog` is that of the database restored from it, or of its source. */
export async function readArchive(
  archive: Archive,
  catalog: readonly CatalogObject[],
  { env, toolbox, signal }: ReadArchiveContext,
  watch: Watch,
): Promise<ArchiveReading> {
  const installation = await toolbox.choose({ tools: ["pg_restore"], atLeast: oldestToolMajor(archive) });
  const options = { installation, env, signal, columnTypes: columnTypesOf(catalog), onProgress: watch };
  const contents = await readArchiveContents(archive, options).catch((error: unknown) => {
    // Nothing of the data could be read: that is a fact about the archive, not a reason to have no verdict.
    if (error instanceof OpsError && error.code === "unreadable-archive") return error;
    throw error;
  });
  if (contents instanceof OpsError) return { contents: nothing, undigested: [], damage: [contents.message] };
  return {
    contents,
    undigested: contents.undigested.map(({ table }) => table),
    damage: contents.failures.map(({ object, detail }) => `${object}: ${detail}`),
  };
}

/** The rows of single tables of an archive. */
export function readArchivedRows(
  archive: Archive,
  catalog: readonly CatalogObject[],
  { env, toolbox, signal }: ReadArchiveContext,
): ArchivedRows {
  return async function* ({ schema, name }) {
    const installation = await toolbox.choose({
      tools: ["pg_restore"],
      atLeast: oldestToolMajor(archive),
    });
    const columnTypes = columnTypesOf(catalog);
    yield* readArchiveTable(archive, { schema, name }, { installation, env, signal, columnTypes });
  };
}
