import type { BinaryRow } from "../../postgres/copy-binary.ts";

/**
 * Builds tuples of binary COPY (the count of fields in two bytes, each field behind its length in four, -1 for NULL), one after
 * the other in the same memory.
 */
export interface TupleWriter {
  begin(): void;
  /** Begins the next field; what is appended after it is its value. */
  field(): void;
  /** The next field is NULL. */
  nullField(): void;
  /** UTF-8 of well-formed text. */
  text(value: string): void;
  /** Bytes in hex, two digits each. */
  hex(value: string): void;
  /** A number must be a safe integer. */
  int8(value: bigint | number): void;
  bytes(value: Uint8Array): void;
  /** The tuple as a row, valid until `begin` is called again. */
  row(): BinaryRow;
}

export function createTupleWriter(fields: number): TupleWriter {
  let buffer = Buffer.alloc(4096);
  let view = viewOf(buffer);
  let at = 0;
  let count = 0;
  const starts = new Int32Array(fields);
  const lengths = new Int32Array(fields);

  return {
    begin() {
      at = 2;
      count = 0;
    },
    field() {
      close();
      reserve(4);
      at += 4;
      starts[count] = at;
      lengths[count] = 0;
      count += 1;
    },
    nullField() {
      close();
      reserve(4);
      at += 4;
      starts[count] = at;
      lengths[count] = -1;
      count += 1;
    },
    text(value) {
      reserve(3 * value.length);
      at += buffer.write(value, at, "utf8");
    },
    hex(value) {
      reserve(value.length / 2);
      at += buffer.write(value, at, "hex");
    },
    int8(value) {
      reserve(8);
      if (typeof value === "bigint") view.setBigInt64(at, value);
      else {
        const high = Math.floor(value / 0x1_0000_0000);
        view.setInt32(at, high);
        view.setUint32(at + 4, value - high * 0x1_0000_0000);
      }
      at += 8;
    },
    bytes(value) {
      reserve(value.length);
      buffer.set(value, at);
      at += value.length;
    },
    row() {
      close();
      view.setInt16(0, count);
      for (let field = 0; field < count; field += 1)
        view.setInt32((starts[field] ?? 0) - 4, lengths[field] ?? -1);
      return { buffer: buffer.subarray(0, at), view, starts, lengths };
    },
  };

  /** The field before ends where the next begins. */
  function close(): void {
    const last = count - 1;
    if (last >= 0 && lengths[last] !== -1) lengths[last] = at - (starts[last] ?? at);
  }

  function reserve(bytes: number): void {
    if (at + bytes <= buffer.length) return;
    const larger = Buffer.alloc(Math.max(2 * buffer.length, at + bytes));
    larger.set(buffer);
    buffer = larger;
    view = viewOf(buffer);
  }
}

function viewOf(buffer: Buffer): DataView {
  return new DataView(buffer.buffer, buffer.byteOffset, buffer.length);
}
