import { createCursor, UnreadableValue } from "./cursor.ts";
import type { Cursor } from "./cursor.ts";

/** The elements of a listpack (listpack.c of Redis; its format is described in github.com/antirez/listpack). */
export function readListpack(bytes: Buffer): readonly Buffer[] {
  const cursor = createCursor(bytes);
  cursor.take(6);
  const elements: Buffer[] = [];
  for (;;) {
    const start = cursor.position();
    const first = cursor.byte();
    if (first === 0xff) return elements;
    elements.push(readElement(cursor, first));
    cursor.take(backLength(cursor.position() - start));
  }
}

function readElement(cursor: Cursor, first: number): Buffer {
  if (first < 0x80) return decimal(first);
  if (first < 0xc0) return cursor.take(first & 0x3f);
  if (first < 0xe0) {
    const value = ((first & 0x1f) << 8) | cursor.byte();
    return decimal(value >= 1 << 12 ? value - (1 << 13) : value);
  }
  if (first < 0xf0) return cursor.take(((first & 0x0f) << 8) | cursor.byte());
  switch (first) {
    case 0xf0:
      return cursor.take(cursor.take(4).readUInt32LE());
    case 0xf1:
      return decimal(cursor.take(2).readInt16LE());
    case 0xf2:
      return decimal(cursor.take(3).readIntLE(0, 3));
    case 0xf3:
      return decimal(cursor.take(4).readInt32LE());
    case 0xf4:
      return decimal(cursor.take(8).readBigInt64LE());
    default:
      throw new UnreadableValue("an element of a listpack that is none");
  }
}

/** How many bytes tell the length of an element backwards (lpEncodeBacklen). */
function backLength(length: number): number {
  if (length <= 127) return 1;
  if (length < 16_383) return 2;
  if (length < 2_097_151) return 3;
  return length < 268_435_455 ? 4 : 5;
}

/** The elements of a ziplist (ziplist.c), which servers before 7.0 wrote in place of listpacks. */
export function readZiplist(bytes: Buffer): readonly Buffer[] {
  const cursor = createCursor(bytes);
  cursor.take(10);
  const elements: Buffer[] = [];
  for (;;) {
    const before = cursor.byte();
    if (before === 0xff) return elements;
    if (before === 0xfe) cursor.take(4);
    elements.push(readZiplistElement(cursor, cursor.byte()));
  }
}

function readZiplistElement(cursor: Cursor, first: number): Buffer {
  switch (first >> 6) {
    case 0:
      return cursor.take(first & 0x3f);
    case 1:
      return cursor.take(((first & 0x3f) << 8) | cursor.byte());
    case 2:
      return cursor.take(cursor.take(4).readUInt32BE());
    default:
  }
  switch (first) {
    case 0xc0:
      return decimal(cursor.take(2).readInt16LE());
    case 0xd0:
      return decimal(cursor.take(4).readInt32LE());
    case 0xe0:
      return decimal(cursor.take(8).readBigInt64LE());
    case 0xf0:
      return decimal(cursor.take(3).readIntLE(0, 3));
    case 0xfe:
      return decimal(cursor.take(1).readInt8());
    default:
      if (first < 0xf1 || first > 0xfd) throw new UnreadableValue("an element of a ziplist that is none");
      return decimal((first & 0x0f) - 1);
  }
}

/** The elements of an intset (intset.c). */
export function readIntset(bytes: Buffer): readonly Buffer[] {
  const cursor = createCursor(bytes);
  const width = cursor.take(4).readUInt32LE();
  const count = cursor.take(4).readUInt32LE();
  return Array.from({ length: count }, () => {
    const element = cursor.take(width);
    return decimal(width === 8 ? element.readBigInt64LE() : element.readIntLE(0, width));
  });
}

function decimal(value: number | bigint): Buffer {
  return Buffer.from(String(value));
}
