import type { BinaryRow } from "../postgres/copy-binary.ts";

/** Readers of fields where they lie: per row and per field, so nothing here allocates but `textField`. */

export function isNull(row: BinaryRow, field: number): boolean {
  return lengthOf(row, field) < 0;
}

export function startOf(row: BinaryRow, field: number): number {
  return row.starts[field] ?? 0;
}

export function lengthOf(row: BinaryRow, field: number): number {
  return row.lengths[field] ?? -1;
}

/** An int8 field; beyond 2^53 the nearest number. */
export function int8Field(row: BinaryRow, field: number): number {
  const at = startOf(row, field);
  return row.view.getInt32(at) * 0x1_0000_0000 + row.view.getUint32(at + 4);
}

/** UTF-8, what is none being replaced; "" for NULL. */
export function textField(row: BinaryRow, field: number): string {
  const at = startOf(row, field);
  const { buffer } = row;
  return Buffer.from(buffer.buffer, buffer.byteOffset + at, Math.max(lengthOf(row, field), 0)).toString(
    "utf8",
  );
}

/** A place for a hash, 32 bytes. */
export interface Hash {
  readonly bytes: Uint8Array;
  /** The same bytes: four at a time they are compared in half the time. */
  readonly words: DataView;
  /** 0x00 ‖ the same bytes: a leaf of the RFC 6962 tree. */
  readonly leaf: Uint8Array;
}

/** Holds `bytes`, or zeros. */
export function createHash(bytes?: Uint8Array): Hash {
  const leaf = new Uint8Array(33);
  if (bytes !== undefined) leaf.set(bytes, 1);
  return { bytes: leaf.subarray(1), words: new DataView(leaf.buffer, 1), leaf };
}

/** A column that holds hashes, in one of the forms that profiles know. */
export interface HashColumn {
  /** Copies the hash into `out`, 32 bytes. False, with `out` undefined, for what is no hash, NULL included. */
  read(row: BinaryRow, field: number, out: Uint8Array): boolean;
  /** Whether the field holds this hash. */
  holds(row: BinaryRow, field: number, hash: Hash): boolean;
}

/** 32 bytes as they are. */
export const byteHashes: HashColumn = {
  read(row, field, out) {
    if (lengthOf(row, field) !== 32) return false;
    const at = startOf(row, field);
    const { buffer } = row;
    for (let index = 0; index < 32; index += 1) out[index] = buffer[at + index] ?? 0;
    return true;
  },
  holds(row, field, { words }) {
    if (lengthOf(row, field) !== 32) return false;
    const at = startOf(row, field);
    const { view } = row;
    for (let index = 0; index < 32; index += 4) {
      if (view.getInt32(at + index) !== words.getInt32(index)) return false;
    }
    return true;
  },
};

const hexDigits = new Uint8Array(256).fill(0xff);
for (let digit = 0; digit < 16; digit += 1) hexDigits[digit.toString(16).charCodeAt(0)] = digit;

const decoded = new Uint8Array(32);

/** 64 lower-case hex digits. */
export const hexHashes: HashColumn = {
  read(row, field, out) {
    if (lengthOf(row, field) !== 64) return false;
    const at = startOf(row, field);
    const { buffer } = row;
    let bad = 0;
    for (let index = 0; index < 32; index += 1) {
      const high = hexDigits[buffer[at + 2 * index] ?? 0] ?? 0xff;
      const low = hexDigits[buffer[at + 2 * index + 1] ?? 0] ?? 0xff;
      bad |= high | low;
      out[index] = (high << 4) | low;
    }
    return bad < 16;
  },
  holds: (row, field, hash) => hexHashes.read(row, field, decoded) && equalHashes(decoded, hash.bytes),
};

export function equalHashes(left: Uint8Array, right: Uint8Array): boolean {
  for (let index = 0; index < 32; index += 1) if (left[index] !== right[index]) return false;
  return true;
}
