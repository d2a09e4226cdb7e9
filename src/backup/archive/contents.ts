import { OpsError } from "../../errors.ts";
import type { Contents, LargeObject, SequenceValue, TableContent } from "../fingerprint.ts";
import type { Archive } from "./archive.ts";
import { dataScript } from "./data-stream.ts";
import type { DataStreamOptions } from "./data-stream.ts";
import { createDataReader } from "./data-reader.ts";
import type { ColumnTypes } from "./normalise-fields.ts";

/** What an archive holds, read in one pass. */
export interface ArchiveContents extends Contents {
  readonly tables: readonly TableContent[];
  readonly sequences: readonly SequenceValue[];
  readonly largeObjects: readonly LargeObject[];
  /** Tables whose rows are there but give no digest that could be compared (INSERT statements …), and why. */
  readonly undigested: readonly { readonly table: string; readonly reason: string }[];
  /** What is damaged: storage is to blame. Tables after the first failure are in neither list. */
  readonly failures: readonly { readonly object: string; readonly detail: string }[];
}

export interface ReadContentsOptions extends Omit<DataStreamOptions, "table"> {
  /**
   * The types of columns by table (as `TableContent.table` names it): where they are known, timestamptz and bytea are
   * brought to the form in which the restored side is read (UTC, hex). Dumps of custody's own are in it already.
   */
  readonly columnTypes?: ColumnTypes;
  /** Bytes of data read so far, uncompressed. */
  readonly onProgress?: (bytes: number) => void;
}

/**
 * One pass over the archive's data: the digest of every COPY block, the value of every sequence, the digest of every
 * large object. Damage is a failure in the result, or `unreadable-archive` when nothing could be read. Flat memory.
 */
export async function readArchiveContents(
  archive: Archive,
  options: ReadContentsOptions,
): Promise<ArchiveContents> {
  const reader = createDataReader({ columnTypes: typesFor(archive, options) });
  const failures: { object: string; detail: string }[] = [];
  let bytes = 0;
  try {
    for await (const chunk of dataScript(archive, options)) {
      bytes += chunk.length;
      reader.push(chunk);
      options.onProgress?.(bytes);
    }
  } catch (error) {
    if (!(error instanceof OpsError) || error.code !== "unreadable-archive") throw error;
    failures.push({ object: reader.current() ?? archive.path, detail: error.message });
  }
  const { inside, ...read } = reader.finish(failures.length > 0);
  if (inside !== null && failures.length === 0) {
    failures.push({ object: read.last ?? archive.path, detail: `the data end in the middle of ${inside}` });
  }
  const { last: _, ...contents } = read;
  return { ...contents, encoding: archive.encoding ?? "UTF8", failures };
}

/** The rows of one table as the archive holds them (COPY text, normalised as its digest was), in pieces cut anywhere. */
export async function* readArchiveTable(
  archive: Archive,
  table: { readonly schema: string; readonly name: string },
  options: ReadContentsOptions,
): AsyncGenerator<Uint8Array, void, undefined> {
  let rows: Buffer[] = [];
  const reader = createDataReader({
    columnTypes: typesFor(archive, options),
    rowsOf: { ...table, take: (bytes) => void rows.push(Buffer.from(bytes)) },
  });
  for await (const chunk of dataScript(archive, { ...options, table })) {
    reader.push(chunk);
    yield* rows;
    rows = [];
  }
  reader.finish(false);
  yield* rows;
}

function typesFor(archive: Archive, options: ReadContentsOptions): ColumnTypes {
  return archive.isPinned || options.columnTypes === undefined ? new Map() : options.columnTypes;
}
