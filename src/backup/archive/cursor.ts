/** The bytes at hand end before the value does. Whoever reads decides whether more can be had. */
export class Underflow extends Error {
  readonly needed: number;
  /** `needed`: how many bytes from the start would let this read go on. */
  constructor(needed: number) {
    super("underflow");
    this.name = "Underflow";
    this.needed = needed;
  }
}

/** A value that no pg_dump writes. */
export class Malformed extends Error {
  readonly offset: number;
  constructor(what: string, offset: number) {
    super(what);
    this.name = "Malformed";
    this.offset = offset;
  }
}

/** Reads the integers and strings of an archive's head and table of contents (source: pg_backup_archiver.c). */
export interface Cursor {
  readonly offset: number;
  setIntSize(bytes: number): void;
  byte(): number;
  /** A sign byte, then the magnitude, least significant byte first. */
  int(): number;
  /** A length, then bytes; null for a negative length. */
  string(): string | null;
  /** An unsigned number of `size` bytes, least significant first. */
  unsigned(size: number): number;
  bytes(length: number): Uint8Array;
}

const utf8 = new TextDecoder("utf-8", { fatal: true });

/** UTF-8 where it is valid; else byte for byte (a database in another encoding). */
export function decodeText(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
  }
}

/** A cursor over the first bytes of an archive. A value that reaches beyond them is `Underflow`, before anything is allocated. */
export function createCursor(data: Uint8Array): Cursor {
  let at = 0;
  let intSize = 4;
  const need = (length: number): void => {
    if (at + length > data.length) throw new Underflow(at + length);
  };
  const byte = (): number => {
    need(1);
    const value = data[at] ?? 0;
    at += 1;
    return value;
  };
  const unsigned = (size: number): number => {
    need(size);
    let value = 0;
    for (let index = size - 1; index >= 0; index -= 1) value = value * 256 + (data[at + index] ?? 0);
    if (!Number.isSafeInteger(value)) throw new Malformed("a number beyond all bounds", at);
    at += size;
    return value;
  };
  const int = (): number => {
    const sign = byte();
    if (sign > 1) throw new Malformed("a number with an impossible sign", at - 1);
    const value = unsigned(intSize);
    return sign === 1 ? -value : value;
  };
  const bytes = (length: number): Uint8Array => {
    need(length);
    const slice = data.subarray(at, at + length);
    at += length;
    return slice;
  };
  return {
    get offset() {
      return at;
    },
    setIntSize: (size) => {
      intSize = size;
    },
    byte,
    int,
    unsigned,
    bytes,
    string: () => {
      const length = int();
      return length < 0 ? null : decodeText(bytes(length));
    },
  };
}
