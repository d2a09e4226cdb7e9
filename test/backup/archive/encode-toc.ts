import type { TocEntry, TocHead } from "../../../src/backup/archive/toc.ts";

/** Writes a head and a table of contents as pg_dump of any version would (source: WriteHead and WriteToc in pg_backup_archiver.c). */
export function encodeToc(head: TocHead, entries: readonly TocEntry[]): Buffer {
  const parts: Buffer[] = [];
  const byte = (value: number): void => void parts.push(Buffer.of(value));
  const int = (value: number): void => {
    const bytes = Buffer.alloc(head.intSize + 1);
    bytes[0] = value < 0 ? 1 : 0;
    bytes.writeUIntLE(Math.abs(value), 1, Math.min(head.intSize, 6));
    parts.push(bytes);
  };
  const text = (value: string | null): void => {
    if (value === null) return int(-1);
    int(Buffer.byteLength(value));
    parts.push(Buffer.from(value));
  };
  parts.push(Buffer.from("PGDMP"));
  byte(1);
  byte(head.minor);
  byte(0);
  byte(head.intSize);
  byte(head.offSize);
  byte({ custom: 1, tar: 3, directory: 5 }[head.format]);
  if (head.minor >= 15) byte(["none", "gzip", "lz4", "zstd"].indexOf(head.compression));
  else int(head.compression === "none" ? 0 : -1);
  const { clock } = head;
  for (const value of [clock.second, clock.minute, clock.hour, clock.day, clock.month, clock.year - 1900, 0])
    int(value);
  text(head.databaseName);
  text(head.serverVersion);
  text(head.dumpVersion);
  int(entries.length);
  for (const entry of entries) {
    int(entry.dumpId);
    int(entry.hasData ? 1 : 0);
    text(String(entry.tableOid));
    text(String(entry.oid));
    text(entry.tag);
    text(entry.desc);
    int({ none: 1, "pre-data": 2, data: 3, "post-data": 4 }[entry.section]);
    text(entry.defn);
    text(entry.dropStmt);
    text(entry.copyStmt);
    text(entry.namespace);
    text(null);
    if (head.minor >= 14) text("heap");
    if (head.minor >= 16) int(114);
    text(entry.owner);
    text("false");
    for (const on of entry.dependencies) text(String(on));
    text(null);
    if (head.format !== "custom") {
      text(entry.fileName ?? "");
      continue;
    }
    byte(entry.hasData ? (entry.dataOffset === null ? 1 : 2) : 3);
    const offset = Buffer.alloc(head.offSize);
    offset.writeUIntLE(entry.dataOffset ?? 0, 0, Math.min(head.offSize, 6));
    parts.push(offset);
  }
  return Buffer.concat(parts);
}
