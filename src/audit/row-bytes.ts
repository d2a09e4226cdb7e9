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
  const { buffer } = row;
  const at = startOf(row, field);
  return int32At(buffer, at) * 0x1_0000_0000 + (int32At(buffer, at + 4) >>> 0);
}

/** UTF-8, what is none being replaced; "" for NULL. */
export function textField(row: BinaryRow, field: number): string {
  const at = startOf(row, field);
  const { buffer } = row;
  return Buffer.from(buffer.buffer, buffer.byteOffset + at, Math.max(lengthOf(row, field), 0)).toString(
    "utf8",
  );
}

export function int32At(buffer: Uint8Array, at: number): number {
  return (
    ((buffer[at] ?? 0) << 24) |
    ((buffer[at + 1] ?? 0) << 16) |
    ((buffer[at + 2] ?? 0) << 8) |
    (buffer[at + 3] ?? 0)
  );
}

/**
 * Copies a hash into `out`: 32 bytes as they are, or 64 lower-case hex digits. False, with `out` undefined, for anything
 * else, NULL included.
 */
export type HashReader = (row: BinaryRow, field: number, out: Uint8Array) => boolean;

export const readHashBytes: HashReader = (row, field, out) => {
  if (lengthOf(row, field) !== 32) return false;
  const at = startOf(row, field);
  const { buffer } = row;
  for (let index = 0; index < 32; index += 1) out[index] = buffer[at + index] ?? 0;
  return true;
};

export const readHashHex: HashReader = (row, field, out) => {
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
};

const hexDigits = new Uint8Array(256).fill(0xff);
for (let digit = 0; digit < 16; digit += 1) hexDigits[digit.toString(16).charCodeAt(0)] = digit;

export function equalHashes(left: Uint8Array, right: Uint8Array): boolean {
  for (let index = 0; index < 32; index += 1) if (left[index] !== right[index]) return false;
  return true;
}

/** Holds a copy of the id of the newest row, and makes text of it only when it is asked for. */
export interface IdSlot {
  set(bytes: Uint8Array, start: number, length: number): void;
  text(): string;
}

export function createIdSlot(): IdSlot {
  let slot = new Uint8Array(256);
  let used = 0;
  return {
    set(bytes, start, length) {
      if (length > slot.length) slot = new Uint8Array(2 * length);
      for (let index = 0; index < length; index += 1) slot[index] = bytes[start + index] ?? 0;
      used = Math.max(length, 0);
    },
    text: () => Buffer.from(slot.buffer, 0, used).toString("utf8"),
  };
}
