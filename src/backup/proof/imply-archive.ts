import type { Archive } from "../archive/archive.ts";
import { listedSequences } from "../archive/listed-sequences.ts";
import type { Contents } from "../fingerprint.ts";
import type { ArchiveProof } from "./proof.ts";

/** An archive between what it was made from and what was restored from it. */
interface ArchiveBetween {
  readonly archive: Archive;
  /** Its SHA-256 when it was made, and now. */
  readonly writtenSha256: string | null;
  readonly readSha256: string;
}

/** The archive's content where it follows from what is on both of its sides; null: it has to be read. */
export function implyArchive(
  { archive, writtenSha256, readSha256 }: ArchiveBetween,
  source: Contents,
  restored: Contents,
): ArchiveProof | null {
  const sequences = listedSequences(archive);
  if (sequences === null || readSha256 !== writtenSha256 || !holdsSame(source, restored)) return null;
  const reading = { contents: { ...source, sequences }, undigested: [], damage: [] };
  return { ...listingOf(archive), writtenSha256, readSha256, reading };
}

export function listingOf(archive: Archive): Pick<ArchiveProof, "path" | "entries" | "isScript"> {
  return { path: archive.path, entries: archive.entries, isScript: archive.format === "plain" };
}

/** Whether every table and large object of the one is in the other, the same. */
function holdsSame(source: Contents, restored: Contents): boolean {
  const tables = new Map(restored.tables.map((table) => [table.table, table]));
  const objects = new Map(restored.largeObjects.map((object) => [object.oid, object]));
  return (
    source.encoding === restored.encoding &&
    source.tables.every(
      ({ table, rows, digest }) => tables.get(table)?.rows === rows && tables.get(table)?.digest === digest,
    ) &&
    source.largeObjects.every(({ oid, digest }) => objects.get(oid)?.digest === digest)
  );
}
