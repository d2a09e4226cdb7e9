import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { builtInProfiles } from "../../../src/audit/built-in-profiles.ts";
import { parseProfile } from "../../../src/audit/profile.ts";
import type { ChainProfile } from "../../../src/audit/profile.ts";
import { createRowCheck } from "../../../src/audit/row-check.ts";
import { createRowCodec, RowLineError } from "../../../src/audit/rows/row-codec.ts";
import { OpsError } from "../../../src/errors.ts";
import type { BinaryRow } from "../../../src/postgres/copy-binary.ts";
import { partsOf } from "../../support/rows.ts";

const [custody, certctl] = builtInProfiles as [ChainProfile, ChainProfile];
const odd = parseProfile(
  `{name: odd, table: t, order: links, sort: [at, "no"], hash_encoding: bytes, first_prev_hash: "null",
    columns: {id: "we\\"ird", prev_hash: p, row_hash: h},
    row: {length: int32, fields: ["we\\"ird", {column: at, as: micros}, {column: at, as: text}, {column: n, as: int8},
      {literal: "x"}, {column: b, as: bytes}, __proto__, "1", {column: n, as: int8}]}}`,
  "odd",
);

function rowOf(parts: readonly (Uint8Array | null)[]): BinaryRow {
  const buffer = Buffer.concat([
    Buffer.from("before"),
    ...parts.map((each) => each ?? new Uint8Array(0)),
    Buffer.from("after"),
  ]);
  const lengths = Int32Array.from(parts, (each) => each?.length ?? -1);
  let at = 6;
  const starts = Int32Array.from(parts, (each) => (at += each?.length ?? 0) - (each?.length ?? 0));
  return { buffer, view: new DataView(buffer.buffer, buffer.byteOffset, buffer.length), starts, lengths };
}

const bytes = (array: Uint8Array | string): Uint8Array => new Uint8Array(Buffer.from(array as string));
const anyBytes = fc.uint8Array({ maxLength: 80 });
const eight = fc.uint8Array({ minLength: 8, maxLength: 8 });
const utf8 = fc.string({ unit: "binary", maxLength: 40 }).map(bytes);
const hostile = fc
  .constantFrom(
    "\u2028\u2029",
    '"}\n{"',
    "\ufeffx",
    "\ufffd",
    "\\u0000",
    "\u0000",
    "é",
    "\u{1f600}",
    "</script>",
    "-0",
    "",
  )
  .map(bytes);

/** Rows whose fields hold what a server sends, and what none ever would. */
function arbitraryRow(profile: ChainProfile): fc.Arbitrary<(Uint8Array | null)[]> {
  const { fields } = createRowCheck(profile);
  const byColumn = new Map<string, fc.Arbitrary<Uint8Array | null>>();
  for (const field of fields) {
    const key = JSON.stringify(field);
    const likely =
      "column" in field && field.as !== "text" && field.as !== "bytes" ? eight : fc.oneof(utf8, hostile);
    const value =
      "literal" in field
        ? fc.constant(bytes(field.literal))
        : fc.oneof({ weight: 3, arbitrary: likely }, anyBytes, fc.constant(null));
    byColumn.set(key, value);
  }
  // A column that is read twice in one form has one value.
  return fc
    .record(Object.fromEntries(byColumn))
    .map((values) => fields.map((field) => values[JSON.stringify(field)] ?? null));
}

describe("rows as JSONL", () => {
  test("are read back to the byte, whatever the bytes are, and have no other spelling", () => {
    for (const profile of [custody, certctl, odd]) {
      const codec = createRowCodec(profile);
      fc.assert(
        fc.property(arbitraryRow(profile), (parts) => {
          const line = codec.write(rowOf(parts));
          expect(line).not.toContain("\n");
          expect(partsOf(codec.read(line))).toEqual(parts);
          expect(Object.keys(JSON.parse(line) as object).toSorted()).toEqual(codec.keys.toSorted());
          for (const other of [
            ` ${line}`,
            `${line} `,
            line.replace(":", ": "),
            line.replace("{", '{"id":"x",'),
          ]) {
            expect(() => codec.read(other)).toThrow(RowLineError);
          }
        }),
      );
    }
  });

  test("have the profile's columns as keys, in their order; a column read in two forms has two", () => {
    expect(createRowCodec(custody).keys).toEqual([
      "prev_hash",
      "seq",
      "id",
      "timestamp",
      "actor",
      "actor_type",
      "action",
      "resource_type",
      "resource_id",
      "event_category",
      "recorded_at",
      "recorded_by",
      "details_hash",
      "details_salt",
      "details",
      "row_hash",
    ]);
    expect(createRowCodec(certctl).keys).toEqual([
      "prev_hash",
      "id",
      "actor",
      "actor_type",
      "action",
      "resource_type",
      "resource_id",
      "details",
      "timestamp",
      "event_category",
      "row_hash",
    ]);
    expect(createRowCodec(odd).keys).toEqual([
      'we"ird',
      "at",
      "at as text",
      "n",
      "b",
      "__proto__",
      "1",
      "p",
      "h",
    ]);
    const clash = parseProfile(
      `{name: clash, table: t, order: links, sort: [a], hash_encoding: bytes, first_prev_hash: "null",
        columns: {id: "a as text", prev_hash: p, row_hash: h}, row: {length: int32, fields: ["a as text", {column: a, as: micros}, a]}}`,
      "clash",
    );
    expect(() => createRowCodec(clash)).toThrow(OpsError);
  });

  test("are refused when a key is missing, unknown, twice there, or of another type", () => {
    const codec = createRowCodec(custody);
    const parts = createRowCheck(custody).fields.map((each) =>
      "literal" in each
        ? bytes(each.literal)
        : each.as === "text"
          ? bytes("x")
          : new Uint8Array(each.as === "bytes" ? 32 : 8),
    );
    const line = codec.write(rowOf(parts));
    expect(partsOf(codec.read(line))).toEqual(parts);
    for (const wrong of [
      "",
      "null",
      "[]",
      "7",
      '"x"',
      "{}",
      "{",
      line.replace('"actor":"x",', ""),
      line.replace('"actor":"x"', '"actor":1'),
      line.replace('"actor":"x"', '"actor":{"hex":"zz"}'),
      line.replace('"actor":"x"', '"actor":{"hex":"78"}'),
      line.replace('"actor":"x"', '"actor":"y","actor":"x"'),
      line.replace('"actor":"x"', '"actor":"\\u0078"'),
      line.replace('"seq":"0"', '"seq":0'),
      line.replace('"seq":"0"', '"seq":"00"'),
      line.replace('"seq":"0"', '"seq":"9223372036854775808"'),
      line.replace('"details_hash":"00', '"details_hash":"0'),
      line.replace('"details_hash":"00', '"details_hash":"zz'),
      line.replace("2000-01-01T", "2000-01-01 "),
      line.replace(/\}$/, ',"more":null}'),
    ]) {
      expect([wrong, wrong === line]).toEqual([wrong, false]);
      expect(() => codec.read(wrong)).toThrow(RowLineError);
    }
  });
});
