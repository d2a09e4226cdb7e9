/** Bytes that are no BSON (https://bsonspec.org/spec.html), or nested deeper than a server takes. */
export class MalformedBson extends Error {}

export const types = {
  double: 0x01,
  string: 0x02,
  document: 0x03,
  array: 0x04,
  binary: 0x05,
  undefined: 0x06,
  boolean: 0x08,
  null: 0x0a,
  regex: 0x0b,
  int32: 0x10,
  int64: 0x12,
  maxKey: 0x7f,
  minKey: 0xff,
} as const;

/** One element of a document: where its value stands. Nothing of it is read before it is asked for. */
export interface Element {
  readonly type: number;
  readonly name: string;
  readonly bytes: Buffer;
  readonly at: number;
  readonly end: number;
}

/** Sizes of the types whose values always take the same number of bytes. */
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

/** The length of the document that begins here, checked against the bytes there are. Throws `MalformedBson`. */
export function documentLength(bytes: Buffer, at: number, end: number): number {
  const length = at + 5 <= end ? bytes.readInt32LE(at) : 0;
  if (length < 5 || length > end - at || bytes[at + length - 1] !== 0)
    throw new MalformedBson("a document's length");
  return length;
}

/** The elements of the document that begins here, in order; arrays are documents. Throws `MalformedBson`. */
export function* elementsOf(bytes: Buffer, start = 0, limit = bytes.length): Generator<Element> {
  const last = start + documentLength(bytes, start, limit) - 1;
  let at = start + 4;
  while (at < last) {
    const type = bytes[at] ?? 0;
    const nameEnd = bytes.indexOf(0, at + 1);
    if (nameEnd < 0 || nameEnd >= last) throw new MalformedBson("a name without an end");
    const value = nameEnd + 1;
    const end = value + sizeOf(type, bytes, value, last);
    if (end > last) throw new MalformedBson("a value that is longer than its document");
    yield { type, name: bytes.toString("utf8", at + 1, nameEnd), bytes, at: value, end };
    at = end;
  }
}

function sizeOf(type: number, bytes: Buffer, at: number, end: number): number {
  const fixed = fixedSizes[type];
  if (fixed !== undefined) return fixed;
  switch (type) {
    case 0x02:
    case 0x0d:
    case 0x0e:
      return 4 + lengthAt(bytes, at, end);
    case types.document:
    case types.array:
    case 0x0f:
      return lengthAt(bytes, at, end);
    case types.binary:
      return 5 + lengthAt(bytes, at, end);
    case 0x0c:
      return 16 + lengthAt(bytes, at, end);
    case types.regex: {
      const pattern = bytes.indexOf(0, at);
      const options = pattern < 0 ? -1 : bytes.indexOf(0, pattern + 1);
      if (options < 0) throw new MalformedBson("a pattern without an end");
      return options + 1 - at;
    }
    default:
      throw new MalformedBson(`type ${type}`);
  }
}

function lengthAt(bytes: Buffer, at: number, end: number): number {
  const length = at + 4 <= end ? bytes.readInt32LE(at) : -1;
  if (length < 0) throw new MalformedBson("a length");
  return length;
}

/** The elements of a document or an array; of another value none. */
export function elementsIn(value: Element): Generator<Element> | readonly Element[] {
  const isNested = value.type === types.document || value.type === types.array;
  return isNested ? elementsOf(value.bytes, value.at, value.end) : [];
}

export function find(value: Element | null, name: string): Element | null {
  if (value === null) return null;
  for (const each of elementsIn(value)) if (each.name === name) return each;
  return null;
}

/** As `find`, where a server may take the first or the last of several. Throws `MalformedBson` where there are two. */
export function findOnly(value: Element | null, name: string): Element | null {
  if (value === null) return null;
  let found: Element | null = null;
  for (const each of elementsIn(value)) {
    if (each.name !== name) continue;
    if (found !== null) throw new MalformedBson(`two of ${name}`);
    found = each;
  }
  return found;
}

/** A text; null for anything else. */
export function textOf(value: Element | null): string | null {
  if (value?.type !== types.string) return null;
  if (value.end - value.at < 5) throw new MalformedBson("a text without an end");
  return value.bytes.toString("utf8", value.at + 4, value.end - 1);
}

/** Of int32, int64 and double; null for anything else. */
export function numberOf(value: Element | null): number | null {
  switch (value?.type) {
    case types.double:
      return value.bytes.readDoubleLE(value.at);
    case types.int32:
      return value.bytes.readInt32LE(value.at);
    case types.int64:
      return Number(value.bytes.readBigInt64LE(value.at));
    default:
      return null;
  }
}

/** As the server takes a flag: false, 0, null and nothing are no. */
export function isTrue(value: Element | null): boolean {
  if (value === null || value.type === types.null || value.type === types.undefined) return false;
  if (value.type === types.boolean) return value.bytes[value.at] !== 0;
  return numberOf(value) !== 0;
}

/** The bytes of a binary value, of a text's base64. */
export function bytesOf(value: Element | null): Buffer | null {
  if (value?.type === types.binary) return value.bytes.subarray(value.at + 5, value.end);
  const text = textOf(value);
  return text === null ? null : Buffer.from(text, "base64");
}

/** A whole document as if it were a value in another. */
export function asElement(bytes: Buffer, at: number, end: number): Element {
  return { type: types.document, name: "", bytes, at, end };
}
