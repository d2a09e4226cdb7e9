import { BSON } from "mongodb";
import { OpsError } from "../../../errors.ts";

/** A document whose keys keep their order, as objects of JavaScript do not: `{"b": 1, "1": 2}` would come out turned round. */
export type BsonMap = ReadonlyMap<string, unknown>;

/** Every value as its own BSON type: a 64-bit 1 stays one. */
const typed = {
  promoteValues: false,
  promoteLongs: false,
  promoteBuffers: false,
  bsonRegExp: true,
} as const;

const names = new TextDecoder("utf-8", { ignoreBOM: true });

const documentType = 0x03;
const arrayType = 0x04;

/** Sizes of the types whose values always take the same number of bytes (bsonspec.org). */
const fixedSizes: Readonly<Record<number, number>> = {
  0x01: 8,
  0x06: 0,
  0x07: 12,
  0x08: 1,
  0x09: 8,
  0x0a: 0,
  0x10: 4,
  0x11: 8,
  0x12: 8,
  0x13: 16,
  0x7f: 0,
  0xff: 0,
};

/**
 * Reads one document so that the driver writes the same bytes again. What it cannot (a key twice in one document, the deprecated
 * types, another NaN) is found out by `isRewritable`. Throws `unreadable-archive`.
 */
export function readBson(bytes: Uint8Array): BsonMap {
  const map = new Map<string, unknown>();
  for (const { key, value } of elementsOf(bytes)) map.set(key, value);
  return map;
}

/** Whether the driver would send the very bytes again. Throws `unreadable-archive` where they are no document at all. */
export function isRewritable(bytes: Uint8Array): boolean {
  try {
    return Buffer.compare(BSON.serialize(readBson(bytes), { ignoreUndefined: false }), bytes) === 0;
  } catch (error) {
    if (error instanceof OpsError) throw error;
    // The driver's library reads no text that is not UTF-8, and writes no key that it holds for an operator's.
    if (BSON.BSONError.isBSONError(error)) return false;
    throw error;
  }
}

function* elementsOf(bytes: Uint8Array): Generator<{ readonly key: string; readonly value: unknown }> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 5 || view.getInt32(0, true) !== bytes.length) throw notBson();
  let at = 4;
  while (at < bytes.length - 1) {
    const type = view.getUint8(at);
    const nameEnd = bytes.indexOf(0, at + 1);
    const start = nameEnd + 1;
    const end = start + sizeOf(type, view, bytes, start);
    if (nameEnd < 0 || end > bytes.length - 1) throw notBson();
    const key = names.decode(bytes.subarray(at + 1, nameEnd));
    yield { key, value: valueOf(type, bytes.subarray(at, nameEnd + 1), bytes.subarray(start, end)) };
    at = end;
  }
}

function valueOf(type: number, head: Uint8Array, value: Uint8Array): unknown {
  if (type === documentType) return readBson(value);
  if (type === arrayType) return [...elementsOf(value)].map((each) => each.value);
  // A document of this one element, read by the driver's own library.
  const whole = Buffer.alloc(4 + head.length + value.length + 1);
  whole.writeInt32LE(whole.length);
  whole.set(head, 4);
  whole.set(value, 4 + head.length);
  return Object.values(BSON.deserialize(whole, typed))[0];
}

function sizeOf(type: number, view: DataView, bytes: Uint8Array, at: number): number {
  const fixed = fixedSizes[type];
  if (fixed !== undefined) return fixed;
  const length = (): number => {
    const value = at + 4 <= bytes.length ? view.getInt32(at, true) : -1;
    if (value < 0) throw notBson();
    return value;
  };
  switch (type) {
    case 0x02:
    case 0x0d:
    case 0x0e:
      return 4 + length();
    case documentType:
    case arrayType:
    case 0x0f:
      return length();
    case 0x05:
      return 5 + length();
    case 0x0c:
      return 4 + length() + 12;
    case 0x0b:
      return bytes.indexOf(0, bytes.indexOf(0, at) + 1) + 1 - at;
    default:
      throw notBson();
  }
}

function notBson(): OpsError {
  return new OpsError(
    "unreadable-archive",
    "a document in the tombstone is no BSON",
    "make the tombstone again",
  );
}
