import type { CatalogObject, Contents, Fingerprint } from "../fingerprint.ts";
import type { ArchiveReading, DatabaseFacts } from "./readings.ts";

/** What was backed up, read in the very snapshot of its dump. */
export interface SourceReading {
  readonly source: Pick<DatabaseFacts, "serverVersion" | "database">;
  readonly objects: readonly CatalogObject[];
  readonly contents: Contents;
}

/** What was backed up: the source, but for its sequences, which are not MVCC and may have moved on since: those of the archive. */
export function truthOf(
  { source, objects, contents }: SourceReading,
  reading: Pick<ArchiveReading, "contents">,
): Fingerprint {
  return {
    serverVersion: source.serverVersion,
    database: source.database,
    objects,
    ...contents,
    sequences: reading.contents.sequences,
  };
}

/**
 * What a restore of the archive must give: the truth, with the rows that the archive really holds. What it does not hold as it
 * should is the fault of the dump or of the storage, and told as that alone.
 */
export function expectedOf(truth: Fingerprint, reading: ArchiveReading): Fingerprint {
  const held = new Map(
    // Rows in another encoding have other digests: then what is restored is compared with the truth itself.
    reading.contents.encoding === truth.encoding
      ? reading.contents.tables.map((table) => [table.table, table])
      : [],
  );
  return {
    ...truth,
    tables: truth.tables.map((table) => held.get(table.table) ?? table),
    largeObjects: reading.damage.length === 0 ? reading.contents.largeObjects : truth.largeObjects,
  };
}
