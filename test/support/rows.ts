import type { BinaryRow } from "../../src/postgres/copy-binary.ts";

/** The fields of a row, copied. */
export function partsOf(row: BinaryRow): (Uint8Array | null)[] {
  return Array.from(row.lengths, (length, field) =>
    length < 0 ? null : row.buffer.slice(row.starts[field], row.starts[field]! + length),
  );
}
