import type { ArchiveEntry, ArchiveSection } from "./archive.ts";
import { newestArchiveVersion, oldestArchiveVersion } from "./archive.ts";
import { createCursor, Malformed } from "./cursor.ts";
import type { Cursor } from "./cursor.ts";

/** The head of an archive: what stands before its table of contents. */
export interface TocHead {
  /** The second number of the version: 14 for 1.14. */
  readonly minor: number;
  readonly format: "custom" | "directory" | "tar";
  readonly intSize: number;
  readonly offSize: number;
  readonly compression: "none" | "gzip" | "lz4" | "zstd";
  /** Wall clock of the host that dumped, in its own time zone; `month` counts from 0. */
  readonly clock: Clock;
  readonly databaseName: string | null;
  readonly serverVersion: string | null;
  readonly dumpVersion: string | null;
}

export interface Clock {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
}

export interface TocEntry extends ArchiveEntry {
  /** Of custom archives: where the data block starts, when pg_dump could seek back to say. */
  readonly dataOffset: number | null;
}

export interface Toc {
  readonly head: TocHead;
  readonly entries: readonly TocEntry[];
  /** Length in bytes of head and table of contents: where a custom archive's data start. */
  readonly length: number;
}

const formats: Readonly<Record<number, TocHead["format"]>> = { 1: "custom", 3: "tar", 5: "directory" };
const algorithms = ["none", "gzip", "lz4", "zstd"] as const;
const sections: readonly ArchiveSection[] = ["none", "none", "pre-data", "data", "post-data"];

/**
 * Reads head and table of contents of a custom archive, or of a `toc.dat` (source: ReadHead and ReadToc in
 * pg_backup_archiver.c). `data` is a prefix of the file: throws `Underflow` when it is too short, `Malformed` when
 * it is not what pg_dump writes.
 */
export function readToc(data: Uint8Array): Toc {
  const cursor = createCursor(data);
  const head = readHead(cursor);
  const count = cursor.int();
  if (count < 0) throw new Malformed("a negative number of entries", cursor.offset);
  const entries: TocEntry[] = [];
  for (let index = 0; index < count; index += 1) entries.push(readEntry(cursor, head));
  return { head, entries, length: cursor.offset };
}

function readHead(cursor: Cursor): TocHead {
  const magic = cursor.bytes(5);
  if (Buffer.from(magic).toString("latin1") !== "PGDMP") throw new Malformed("no archive's first bytes", 0);
  const major = cursor.byte();
  const minor = cursor.byte();
  cursor.byte();
  if (major !== 1 || minor < oldestArchiveVersion || minor > newestArchiveVersion) {
    throw new UnknownVersion(`${major}.${minor}`, major > 1 || minor > newestArchiveVersion);
  }
  const intSize = cursor.byte();
  if (intSize !== 4 && intSize !== 8) throw new Malformed(`integers of ${intSize} bytes`, cursor.offset - 1);
  cursor.setIntSize(intSize);
  const offSize = cursor.byte();
  if (offSize !== 4 && offSize !== 8) throw new Malformed(`offsets of ${offSize} bytes`, cursor.offset - 1);
  const format = formats[cursor.byte()];
  if (format === undefined) throw new Malformed("an unknown format", cursor.offset - 1);
  const compression = readCompression(cursor, minor);
  const clock = readClock(cursor);
  return {
    minor,
    format,
    intSize,
    offSize,
    compression,
    clock,
    databaseName: cursor.string(),
    serverVersion: cursor.string(),
    dumpVersion: cursor.string(),
  };
}

function readCompression(cursor: Cursor, minor: number): TocHead["compression"] {
  if (minor < 15) return cursor.int() === 0 ? "none" : "gzip";
  const algorithm = algorithms[cursor.byte()];
  if (algorithm === undefined) throw new Malformed("an unknown compression", cursor.offset - 1);
  return algorithm;
}

function readClock(cursor: Cursor): Clock {
  const [second, minute, hour, day, month, year] = [
    cursor.int(),
    cursor.int(),
    cursor.int(),
    cursor.int(),
    cursor.int(),
    cursor.int(),
  ];
  cursor.int();
  return { second, minute, hour, day, month, year: year + 1900 };
}

function readEntry(cursor: Cursor, head: TocHead): TocEntry {
  const dumpId = cursor.int();
  if (dumpId <= 0) throw new Malformed(`entry number ${dumpId}`, cursor.offset);
  const hadDumper = cursor.int() !== 0;
  const tableOid = readOid(cursor);
  const oid = readOid(cursor);
  const tag = cursor.string() ?? "";
  const desc = cursor.string() ?? "";
  const section = sections[cursor.int()];
  if (section === undefined) throw new Malformed("an unknown section", cursor.offset);
  const defn = cursor.string() ?? "";
  const dropStmt = cursor.string() ?? "";
  const copyStmt = cursor.string() ?? "";
  const namespace = cursor.string();
  cursor.string(); // tablespace
  if (head.minor >= 14) cursor.string(); // table access method
  if (head.minor >= 16) cursor.int(); // relkind
  const owner = cursor.string() ?? "";
  cursor.string(); // with OIDs, once
  const dependencies = readDependencies(cursor);
  const place = readPlace(cursor, head);
  return {
    dumpId,
    tableOid,
    oid,
    tag,
    desc,
    section,
    defn,
    dropStmt,
    copyStmt,
    namespace: namespace === "" ? null : namespace,
    owner,
    dependencies,
    hasData: hadDumper && place.hasData,
    fileName: place.fileName,
    dataOffset: place.dataOffset,
  };
}

function readOid(cursor: Cursor): number {
  const text = cursor.string() ?? "";
  if (!/^\d{1,10}$/.test(text)) throw new Malformed("an OID that is no number", cursor.offset);
  return Number(text);
}

function readDependencies(cursor: Cursor): readonly number[] {
  const dependencies: number[] = [];
  for (;;) {
    const text = cursor.string();
    if (text === null) return dependencies;
    if (!/^\d{1,10}$/.test(text)) throw new Malformed("a dependency that is no number", cursor.offset);
    dependencies.push(Number(text));
  }
}

interface Place {
  readonly hasData: boolean;
  readonly fileName: string | null;
  readonly dataOffset: number | null;
}

/** What the format adds to an entry (source: _ReadExtraToc in pg_backup_custom.c, _directory.c, _tar.c). */
function readPlace(cursor: Cursor, head: TocHead): Place {
  if (head.format !== "custom") {
    const fileName = cursor.string() ?? "";
    if (!/^[\w.]{0,64}$/.test(fileName))
      throw new Malformed("a data file outside the archive", cursor.offset);
    return { hasData: fileName !== "", fileName: fileName === "" ? null : fileName, dataOffset: null };
  }
  const state = cursor.byte();
  if (state < 1 || state > 3) throw new Malformed("an impossible data offset", cursor.offset - 1);
  const offset = cursor.unsigned(head.offSize);
  return { hasData: state !== 3, fileName: null, dataOffset: state === 2 ? offset : null };
}

/** An archive of a version that this reader does not know. */
export class UnknownVersion extends Error {
  readonly version: string;
  readonly isNewer: boolean;
  constructor(version: string, isNewer: boolean) {
    super(`archive version ${version}`);
    this.name = "UnknownVersion";
    this.version = version;
    this.isNewer = isNewer;
  }
}
