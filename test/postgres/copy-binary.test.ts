import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { OpsError } from "../../src/errors.ts";
import { createBinaryCopyParser } from "../../src/postgres/copy-binary.ts";

type Row = readonly (Uint8Array | null)[];

const header = [0x50, 0x47, 0x43, 0x4f, 0x50, 0x59, 0x0a, 0xff, 0x0d, 0x0a, 0, 0, 0, 0, 0, 0, 0, 0, 0];
const trailer = [0xff, 0xff];

function int32(value: number): number[] {
  return [(value >>> 24) & 255, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];
}

function encode(rows: readonly Row[]): Uint8Array {
  const body = rows.flatMap((row) => [
    row.length >> 8,
    row.length & 255,
    ...row.flatMap((field) => (field === null ? int32(-1) : [...int32(field.length), ...field])),
  ]);
  return Uint8Array.from([...header, ...body, ...trailer]);
}

/** With `apart` the pieces lie in one buffer, other bytes between them, and come from there. */
function decode(
  chunks: readonly Uint8Array[],
  fields: number,
  maxRowBytes = 1_000_000,
  apart = false,
): Row[] {
  const rows: Row[] = [];
  const parser = createBinaryCopyParser(
    fields,
    ({ buffer, starts, lengths }) => {
      rows.push(
        [...lengths].map((length, index) =>
          length < 0 ? null : buffer.slice(starts[index], starts[index]! + length),
        ),
      );
    },
    { maxRowBytes },
  );
  if (apart) {
    const buffer = Buffer.concat(chunks.flatMap((chunk) => [Buffer.from("d...."), chunk]));
    let at = 0;
    for (const { length } of chunks) {
      parser.push(buffer, at + 5, at + 5 + length);
      at += 5 + length;
    }
  } else for (const chunk of chunks) parser.push(chunk);
  parser.end();
  return rows;
}

function cut(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const at = [
    0,
    ...places.map((place) => place % (bytes.length + 1)).toSorted((left, right) => left - right),
    bytes.length,
  ];
  return at.slice(1).map((end, index) => bytes.slice(at[index], end));
}

const row = fc.tuple(
  fc.option(fc.uint8Array({ maxLength: 40 })),
  fc.option(fc.uint8Array({ maxLength: 40 })),
  fc.option(fc.uint8Array({ maxLength: 3 })),
);

describe("the binary COPY parser", () => {
  test("gives back the rows, however the stream is cut", () => {
    fc.assert(
      fc.property(fc.array(row, { maxLength: 12 }), fc.array(fc.nat(), { maxLength: 20 }), (rows, places) => {
        expect(decode(cut(encode(rows), places), 3)).toEqual(rows);
        expect(decode(cut(encode(rows), places), 3, undefined, true)).toEqual(rows);
      }),
    );
  });

  test("gives back the rows when every byte comes alone", () => {
    const rows: Row[] = [
      [Uint8Array.of(1, 2, 3), null],
      [new Uint8Array(0), Uint8Array.of(255)],
    ];
    expect(
      decode(
        [...encode(rows)].map((byte) => Uint8Array.of(byte)),
        2,
      ),
    ).toEqual(rows);
  });

  test("never fails but by an expected error, whatever it is fed", () => {
    fc.assert(
      fc.property(fc.array(row, { maxLength: 4 }), fc.nat(), fc.nat(255), (rows, place, value) => {
        const bytes = encode(rows);
        bytes[place % bytes.length] = value;
        try {
          decode([bytes], 3);
        } catch (error) {
          expect(error).toBeInstanceOf(OpsError);
        }
      }),
    );
  });

  test("refuses a stream that ends early, at every byte", () => {
    const bytes = encode([[Uint8Array.of(1, 2, 3)], [null]]);
    for (let end = 0; end < bytes.length; end += 1) {
      expect(() => decode([bytes.slice(0, end)], 1)).toThrow("ends without its trailer");
    }
  });

  test("refuses bytes after the trailer, another number of fields, a negative length and another header", () => {
    const good = encode([[Uint8Array.of(1)]]);
    expect(() => decode([good, Uint8Array.of(0)], 1)).toThrow("bytes follow its trailer");
    expect(() => decode([good], 2)).toThrow("a row has 1 fields where 2 are due");
    expect(() => decode([Uint8Array.from([...header, 0, 1, ...int32(-2), ...trailer])], 1)).toThrow(
      "the length -2",
    );
    expect(() => decode([good.with(3, 0)], 1)).toThrow("signature");
    expect(() => decode([good.with(12, 1)], 1)).toThrow("flags");
    expect(() => decode([good.with(15, 0x7f)], 1)).toThrow("header");
  });

  test("refuses a row that is too large by its length words, before its bytes come", () => {
    const start = Uint8Array.from([...header, 0, 1, ...int32(2_000_000_000)]);
    const parser = createBinaryCopyParser(1, () => undefined, { maxRowBytes: 1000 });
    expect(() => parser.push(start)).toThrow("larger than 1000 bytes");
  });
});
