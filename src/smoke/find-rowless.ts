import type { Archive } from "../backup/archive/archive.ts";
import { identityOf } from "../backup/fingerprint.ts";
import type { Fingerprint } from "../backup/fingerprint.ts";
import { showCount } from "./describe.ts";
import type { ArchiveReading } from "../backup/proof/readings.ts";

/** What an archive says nothing of, in the words of the report. */
export interface Rowless {
  readonly notes: readonly string[];
  /** Why rows could not be compared at all; null: some could. */
  readonly reason: string | null;
}

const namesShown = 5;

/**
 * Finds the tables that an archive brings without their rows. pg_dump writes TABLE DATA for empty tables too, so that its
 * absence means that the data were left out (`--schema-only`, `--exclude-table-data`), not that there were none.
 */
export function findRowless(archive: Archive, reading: ArchiveReading, restored: Fingerprint): Rowless {
  const own = new Set(
    restored.objects.filter(({ kind }) => kind === "table").map(({ identity }) => identity),
  );
  const tables = restored.tables.map(({ table }) => table).filter((table) => own.has(table));
  if (own.size === 0) return { notes: ["the archive holds no table"], reason: null };
  const held = new Set([
    ...archive.entries
      .filter(({ desc }) => desc === "TABLE DATA")
      .map(({ namespace, tag }) => identityOf(...(namespace === null ? [] : [namespace]), tag)),
    ...reading.contents.tables.map(({ table }) => table),
    ...reading.undigested,
  ]);
  const rowless = tables.filter((table) => !held.has(table));
  if (rowless.length === 0) return { notes: [], reason: null };
  if (rowless.length < tables.length) {
    const what = `the data of ${rowless.length} of its ${showCount(tables.length, "table")}`;
    return { notes: [`the archive was made without ${what}: ${listNames(rowless)}`], reason: null };
  }
  return { notes: [], reason: `the archive holds no data of its ${nounOf(rowless)}: ${listNames(rowless)}` };
}

function nounOf(tables: readonly string[]): string {
  return tables.length === 1 ? "one table" : showCount(tables.length, "table");
}

function listNames(names: readonly string[]): string {
  const shown = names.slice(0, namesShown).join(", ");
  return names.length > namesShown ? `${shown} and ${names.length - namesShown} more` : shown;
}
