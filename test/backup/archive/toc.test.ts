import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { Malformed, Underflow } from "../../../src/backup/archive/cursor.ts";
import { readToc, UnknownVersion } from "../../../src/backup/archive/toc.ts";
import type { TocEntry, TocHead } from "../../../src/backup/archive/toc.ts";
import { encodeToc } from "./encode-toc.ts";

const versions = fc.integer({ min: 12, max: 16 });
const text = fc
  .string({ unit: "binary", maxLength: 40 })
  .map((value) => value.replaceAll(/[\ud800-\udfff]/g, "?"));

const heads: fc.Arbitrary<TocHead> = fc.record({
  minor: versions,
  format: fc.constantFrom("custom", "tar", "directory"),
  intSize: fc.constantFrom(4, 8),
  offSize: fc.constantFrom(4, 8),
  compression: fc.constantFrom("none", "gzip", "lz4", "zstd"),
  clock: fc.record({
    year: fc.integer({ min: 1990, max: 2100 }),
    month: fc.integer({ min: 0, max: 11 }),
    day: fc.integer({ min: 1, max: 31 }),
    hour: fc.integer({ min: 0, max: 23 }),
    minute: fc.integer({ min: 0, max: 59 }),
    second: fc.integer({ min: 0, max: 59 }),
  }),
  databaseName: fc.option(text),
  serverVersion: fc.option(text),
  dumpVersion: fc.option(text),
});

const entry: fc.Arbitrary<TocEntry> = fc.record({
  dumpId: fc.integer({ min: 1, max: 2 ** 31 - 1 }),
  tableOid: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  oid: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  tag: text,
  desc: text,
  section: fc.constantFrom("none", "pre-data", "data", "post-data"),
  defn: text,
  dropStmt: text,
  copyStmt: text,
  namespace: fc.option(text.filter((value) => value !== "")),
  owner: text,
  dependencies: fc.array(fc.integer({ min: 1, max: 10_000 }), { maxLength: 4 }),
  hasData: fc.boolean(),
  fileName: fc.stringMatching(/^[a-z0-9_.]{1,20}$/),
  dataOffset: fc.option(fc.integer({ min: 0, max: 2 ** 31 })),
});

/** What the format and the version can hold. */
function kept(head: TocHead, given: TocEntry): TocEntry {
  if (head.format === "custom")
    return { ...given, fileName: null, dataOffset: given.hasData ? given.dataOffset : null };
  return { ...given, fileName: given.hasData ? given.fileName : null, dataOffset: null };
}

function keptHead(head: TocHead): TocHead {
  return head.minor < 15 && head.compression !== "none" ? { ...head, compression: "gzip" } : head;
}

describe("the reader of tables of contents", () => {
  test("reads what pg_dump of every version writes", () => {
    fc.assert(
      fc.property(heads, fc.array(entry, { maxLength: 8 }), (head, given) => {
        const entries = given.map((each) => kept(head, each));
        const bytes = encodeToc(head, entries);
        const rest = Buffer.from("the data");
        expect(readToc(Buffer.concat([bytes, rest]))).toEqual({
          head: keptHead(head),
          entries,
          length: bytes.length,
        });
      }),
    );
  });

  test("asks for more wherever the bytes are cut", () => {
    fc.assert(
      fc.property(heads, fc.array(entry, { maxLength: 3 }), fc.nat(), (head, given, cut) => {
        const bytes = encodeToc(
          head,
          given.map((each) => kept(head, each)),
        );
        expect(() => readToc(bytes.subarray(0, cut % bytes.length))).toThrow(Underflow);
      }),
    );
  });

  test("throws nothing but its own errors at any bytes", () => {
    const isOwn = (error: unknown): boolean =>
      error instanceof Underflow || error instanceof Malformed || error instanceof UnknownVersion;
    const attempt = (bytes: Buffer): void => {
      try {
        readToc(bytes);
      } catch (error) {
        if (!isOwn(error)) throw error;
      }
    };
    fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => attempt(Buffer.from(bytes))));
    fc.assert(
      fc.property(
        heads,
        fc.array(entry, { maxLength: 3 }),
        fc.nat(),
        fc.nat({ max: 255 }),
        (head, given, at, value) => {
          const bytes = encodeToc(
            head,
            given.map((each) => kept(head, each)),
          );
          bytes[at % bytes.length] = value;
          attempt(bytes);
        },
      ),
      { numRuns: 500 },
    );
  });

  test("allocates nothing for a length that is not there", () => {
    const head: TocHead = {
      minor: 14,
      format: "custom",
      intSize: 4,
      offSize: 8,
      compression: "none",
      clock: { year: 2026, month: 0, day: 1, hour: 0, minute: 0, second: 0 },
      databaseName: "x",
      serverVersion: null,
      dumpVersion: null,
    };
    const bytes = encodeToc(head, []);
    bytes.writeUInt32LE(0x7fffffff, bytes.length - 4);
    const before = process.memoryUsage().rss;
    expect(() => readToc(bytes)).toThrow(Underflow);
    expect(process.memoryUsage().rss - before).toBeLessThan(20_000_000);
  });

  test("names versions that it does not know", () => {
    const bytes = Buffer.from("5047444d500111000408010000000000", "hex");
    expect(() => readToc(bytes)).toThrow("archive version 1.17");
    bytes[6] = 10;
    expect(() => readToc(bytes)).toThrow(UnknownVersion);
  });

  test("refuses a data file outside the archive", () => {
    const head: TocHead = {
      minor: 14,
      format: "tar",
      intSize: 4,
      offSize: 8,
      compression: "none",
      clock: { year: 2026, month: 0, day: 1, hour: 0, minute: 0, second: 0 },
      databaseName: null,
      serverVersion: null,
      dumpVersion: null,
    };
    const evil: TocEntry = {
      dumpId: 1,
      tableOid: 0,
      oid: 0,
      tag: "t",
      desc: "TABLE DATA",
      section: "data",
      defn: "",
      dropStmt: "",
      copyStmt: "",
      namespace: null,
      owner: "",
      dependencies: [],
      hasData: true,
      fileName: "../../etc/passwd",
      dataOffset: null,
    };
    expect(() => readToc(encodeToc(head, [evil]))).toThrow("outside the archive");
  });
});
