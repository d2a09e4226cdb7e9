import { UnreadableValue } from "./cursor.ts";
import type { Cursor } from "./cursor.ts";

/** Nothing that a server sends is larger (proto-max-bulk-len, and what DUMP can hold). */
const largest = 2 ** 32;

/** A length of the RDB format (rdb.h, RDB_6BITLEN and its kin). */
export function readLength(cursor: Cursor): number {
  const first = cursor.byte();
  switch (first >> 6) {
    case 0:
      return first & 0x3f;
    case 1:
      return ((first & 0x3f) << 8) | cursor.byte();
    default:
      if (first === 0x80) return cursor.take(4).readUInt32BE();
      if (first === 0x81) {
        const length = Number(cursor.take(8).readBigUInt64BE());
        if (length <= largest) return length;
      }
      throw new UnreadableValue("a length that is none");
  }
}

/** A string of the RDB format: plain, an integer, or compressed with LZF (rdb.h, RDB_ENC_INT8 and its kin). */
export function readString(cursor: Cursor): Buffer {
  const start = cursor.position();
  const first = cursor.byte();
  switch (first) {
    case 0xc0:
      return decimal(cursor.take(1).readInt8());
    case 0xc1:
      return decimal(cursor.take(2).readInt16LE());
    case 0xc2:
      return decimal(cursor.take(4).readInt32LE());
    case 0xc3: {
      const packed = readLength(cursor);
      const length = readLength(cursor);
      return unpack(cursor.take(packed), length);
    }
    default:
      cursor.back(start);
      return cursor.take(readLength(cursor));
  }
}

function decimal(value: number): Buffer {
  return Buffer.from(String(value));
}

/** LZF (liblzf, lzf_d.c): literal runs of up to 32 bytes, and copies of 3 to 264 bytes from up to 8 kB before. */
function unpack(packed: Buffer, length: number): Buffer {
  if (length > largest) throw new UnreadableValue("too long");
  const out = Buffer.alloc(length);
  let from = 0;
  let to = 0;
  const next = (): number => {
    const byte = packed[from++];
    if (byte === undefined) throw new UnreadableValue("cut off");
    return byte;
  };
  while (from < packed.length) {
    const control = next();
    if (control < 32) {
      for (let left = control + 1; left > 0; left--) out[to++] = next();
      continue;
    }
    const long = control >> 5;
    const copied = (long === 7 ? 7 + next() : long) + 2;
    let source = to - ((control & 0x1f) << 8) - next() - 1;
    if (source < 0) throw new UnreadableValue("a copy from before the beginning");
    for (let left = copied; left > 0; left--) out[to++] = out[source++] ?? 0;
  }
  if (to !== length) throw new UnreadableValue("another length than was said");
  return out;
}
