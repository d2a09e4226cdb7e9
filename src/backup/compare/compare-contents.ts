import type { Contents, Fingerprint, LargeObject, SequenceValue, TableContent } from "../fingerprint.ts";
import { objectKey } from "../fingerprint.ts";
import { indexObjects } from "./compare-objects.ts";
import type { Difference, Stage } from "./difference.ts";
import { findRedistributed } from "./hash-partitions.ts";

/**
 * Rows and digests of every table, of two sides in different encodings only how many rows there are. Tables and columns that are missing as such belong to other comparators; a table whose
 * rows were not read although it is there belongs to this one.
 */
export function compareTableContents(
  expected: Fingerprint,
  actual: Fingerprint,
  stage: Stage,
): readonly Difference[] {
  const here = new Map(actual.tables.map((table) => [table.table, table]));
  const there = new Set(expected.tables.map((table) => table.table));
  const found = expected.tables.flatMap((table): Difference[] => {
    const object = objectKey("table", table.table);
    const twin = here.get(table.table);
    if (twin !== undefined) return compareRows(table, twin, sameEncoding(expected, actual), stage);
    // A dump with INSERT statements says nothing of an empty table.
    if (table.rows === 0 || isAnothersLoss(object, expected, actual)) return [];
    return [
      {
        object,
        kind: "content",
        change: "missing",
        stage,
        detail: `${countRows(table)} expected, its rows are not there`,
      },
    ];
  });
  const extra = actual.tables.flatMap((table): Difference[] => {
    const object = objectKey("table", table.table);
    if (there.has(table.table) || table.rows === 0 || isAnothersLoss(object, actual, expected)) return [];
    return [
      {
        object,
        kind: "content",
        change: "extra",
        stage,
        detail: `${countRows(table)} that ${table.rows === 1 ? "was" : "were"} not there before`,
      },
    ];
  });
  const all = [...found, ...extra];
  if (all.length === 0 || !sameEncoding(expected, actual)) return all;
  const redistributed = findRedistributed(expected, actual);
  return all.filter(({ object }) => !redistributed.has(object.slice("table ".length)));
}

function compareRows(
  before: TableContent,
  after: TableContent,
  isComparable: boolean,
  stage: Stage,
): Difference[] {
  const object = objectKey("table", before.table);
  const changed = (detail: string): Difference[] => [
    { object, kind: "content", change: "changed", stage, detail },
  ];
  if (before.rows !== after.rows) return changed(`rows: ${before.rows} → ${after.rows}`);
  if (before.rows === 0) return [];
  if (!isComparable || before.digest === after.digest || !hasSameColumns(before, after)) return [];
  return changed(
    `${countRows(before)}, content digest ${before.digest.slice(0, 16)}… → ${after.digest.slice(0, 16)}…`,
  );
}

function countRows(table: TableContent): string {
  return `${table.rows} row${table.rows === 1 ? "" : "s"}`;
}

/** A lost or added column is reported as such. Equal sets in another order are read in another order: that differs. */
function hasSameColumns(before: TableContent, after: TableContent): boolean {
  const names = (table: TableContent): string => JSON.stringify(table.columns.toSorted());
  return names(before) === names(after);
}

function sameEncoding(expected: Contents, actual: Contents): boolean {
  return expected.encoding === actual.encoding;
}

/** One side's catalog has the object and the other's has not: who compares objects reports it. */
function isAnothersLoss(object: string, holder: Fingerprint, other: Fingerprint): boolean {
  return indexObjects(holder).has(object) && other.objects.length > 0 && !indexObjects(other).has(object);
}

/** Values; a sequence that is missing as such is reported by its object, if its objects are known. */
export function compareSequenceValues(
  expected: Fingerprint,
  actual: Fingerprint,
  stage: Stage,
): readonly Difference[] {
  const here = new Map(actual.sequences.map((sequence) => [sequence.sequence, sequence]));
  return expected.sequences.flatMap((sequence): Difference[] => {
    const object = objectKey("sequence", sequence.sequence);
    const twin = here.get(sequence.sequence);
    if (twin === undefined) {
      if (isAnothersLoss(object, expected, actual)) return [];
      return [
        {
          object,
          kind: "sequences",
          change: "missing",
          stage,
          detail: `value ${showValue(sequence)} expected`,
        },
      ];
    }
    if (twin.lastValue === sequence.lastValue && twin.isCalled === sequence.isCalled) return [];
    const detail = `value: ${showValue(sequence)} → ${showValue(twin)}`;
    return [{ object, kind: "sequences", change: "changed", stage, detail }];
  });
}

function showValue(sequence: SequenceValue): string {
  return sequence.isCalled ? sequence.lastValue : `${sequence.lastValue} (not yet used)`;
}

/** Bytes of large objects, by oid: the only objects that keep their oid in a dump. */
export function compareLargeObjects(
  expected: Fingerprint,
  actual: Fingerprint,
  stage: Stage,
): readonly Difference[] {
  const here = new Map(actual.largeObjects.map((object) => [object.oid, object]));
  const there = new Set(expected.largeObjects.map((object) => object.oid));
  const difference = (oid: number, change: Difference["change"], detail: string): Difference => ({
    object: objectKey("large-object", String(oid)),
    kind: "large-objects",
    change,
    stage,
    detail,
  });
  const found = expected.largeObjects.flatMap((object) => {
    const twin = here.get(object.oid);
    if (twin === undefined) return [difference(object.oid, "missing", showLargeObject(object))];
    if (twin.bytes === object.bytes && twin.digest === object.digest) return [];
    return [difference(object.oid, "changed", `${showLargeObject(object)} → ${showLargeObject(twin)}`)];
  });
  const extra = actual.largeObjects.filter((object) => !there.has(object.oid));
  return [
    ...found,
    ...extra.map((object) => difference(object.oid, "extra", `${showLargeObject(object)} not there before`)),
  ];
}

function showLargeObject(object: LargeObject): string {
  return `${object.bytes} bytes, SHA-256 ${object.digest.slice(0, 16)}…`;
}
