import type { BinaryRow } from "../../postgres/copy-binary.ts";
import type { ChainProfile } from "../profile.ts";
import { int8Field, isNull, lengthOf, startOf, textField } from "../row-bytes.ts";
import { createRowCheck } from "../row-check.ts";
import { formatIsoMicros } from "../rows/iso-micros.ts";

/** What the first rows of a chain are, up to one of its sizes. Times are ISO 8601 as `formatIsoMicros` has them. */
export interface Extent {
  readonly rows: number;
  /** Of all their values. */
  readonly bytes: number;
  /** Rows whose details were erased. */
  readonly erased: number;
  /** The earliest and the latest time at which one of them is said to have happened. */
  readonly oldest: string;
  readonly newest: string;
}

/** A row that is too young to be pruned. */
export interface YoungRow {
  readonly id: string;
  readonly seq: number;
  readonly timestamp: string;
  readonly recordedAt: string;
}

/** Learns, while a chain of the rules `custody-v1` is verified, which of its rows are older than a time. */
export interface Survey {
  /** To be called with every row, in the order of their seq. */
  readonly onRow: (row: BinaryRow) => void;
  /** The first rows that are not older, a few of them. */
  young(): readonly YoungRow[];
  /** What stands before the row behind this size; null for a size that was not asked for, or not reached. */
  extent(size: number): Extent | null;
}

const youngKept = 5;

/** @param before microseconds since 2000-01-01 UTC: what happened and was recorded earlier is older */
export function createSurvey(profile: ChainProfile, before: bigint, sizes: readonly number[]): Survey {
  const { fields, idField, seqField } = createRowCheck(profile);
  const place = (column: string): number =>
    fields.findIndex((each) => "column" in each && each.column === column);
  const timestamp = place("timestamp");
  const recordedAt = place("recorded_at");
  const salt = place("details_salt");
  // A double rounds both sides the same way: a row is called older by mistake never, younger at the microsecond perhaps.
  const limit = Number(before);
  const wanted = new Set(sizes);
  const extents = new Map<number, Extent>();
  const young: YoungRow[] = [];
  const so = { rows: 0, bytes: 0, erased: 0, oldest: Infinity, newest: -Infinity };
  let oldest: bigint | null = null;
  let newest: bigint | null = null;

  return {
    onRow(row) {
      const happened = int8Field(row, timestamp);
      if ((happened >= limit || int8Field(row, recordedAt) >= limit) && young.length < youngKept) {
        young.push({
          id: textField(row, idField),
          seq: isNull(row, seqField) ? 0 : int8Field(row, seqField),
          timestamp: isoField(row, timestamp),
          recordedAt: isoField(row, recordedAt),
        });
      }
      so.rows += 1;
      for (let field = 0; field < fields.length; field += 1) so.bytes += Math.max(lengthOf(row, field), 0);
      if (isNull(row, salt)) so.erased += 1;
      if (happened < so.oldest) {
        so.oldest = happened;
        oldest = microsAt(row, timestamp);
      }
      if (happened > so.newest) {
        so.newest = happened;
        newest = microsAt(row, timestamp);
      }
      if (isNull(row, seqField)) return;
      const seq = int8Field(row, seqField);
      if (!wanted.has(seq) || oldest === null || newest === null) return;
      const { rows, bytes, erased } = so;
      const times = { oldest: formatIsoMicros(oldest), newest: formatIsoMicros(newest) };
      extents.set(seq, { rows, bytes, erased, ...times });
    },
    young: () => young,
    extent: (size) => extents.get(size) ?? null,
  };
}

function microsAt(row: BinaryRow, field: number): bigint {
  return row.view.getBigInt64(startOf(row, field));
}

function isoField(row: BinaryRow, field: number): string {
  return formatIsoMicros(microsAt(row, field));
}
