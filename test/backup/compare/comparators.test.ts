import { describe, expect, test } from "bun:test";
import { comparators, compareFingerprints } from "../../../src/backup/compare/comparators.ts";
import { comparatorNames } from "../../../src/backup/compare/difference.ts";
import { comparatorOfFact } from "../../../src/backup/compare/route.ts";
import { shorten } from "../../../src/backup/compare/shorten.ts";
import { identityOf } from "../../../src/backup/fingerprint.ts";
import type { CatalogObject, Fingerprint } from "../../../src/backup/fingerprint.ts";

const empty: Fingerprint = {
  serverVersion: "15.18",
  database: "x",
  encoding: "UTF8",
  objects: [],
  tables: [],
  sequences: [],
  largeObjects: [],
};

const digest = "ab".repeat(32);
const rows = (table: string, more: object = {}) => ({
  table,
  columns: ["a", "b"],
  rows: 2,
  bytes: 9,
  digest,
  ...more,
});
const table = (identity: string, facts: CatalogObject["facts"] = {}): CatalogObject => ({
  kind: "table",
  identity,
  facts,
});

function found(expected: Partial<Fingerprint>, actual: Partial<Fingerprint>): readonly string[] {
  return compareFingerprints({ ...empty, ...expected }, { ...empty, ...actual }, "restore").map(
    ({ kind, change, object, detail }) => `${kind} ${change} ${object}: ${detail}`,
  );
}

test("there is one comparator of each name", () => {
  expect(comparators.map(({ name }) => name)).toEqual([...comparatorNames]);
});

describe("contents alone, as of an archive", () => {
  test("count as lost when their table is not there at all", () => {
    expect(found({ tables: [rows("s.t")] }, {})).toEqual([
      "content missing table s.t: 2 rows expected, its rows are not there",
    ]);
    expect(found({}, { tables: [rows("s.t")] })).toEqual([
      "content extra table s.t: 2 rows that were not there before",
    ]);
    expect(found({ sequences: [{ sequence: "s.q", lastValue: "3", isCalled: true }] }, {})).toEqual([
      "sequences missing sequence s.q: value 3 expected",
    ]);
  });

  test("differ in rows, digests, values and bytes", () => {
    expect(found({ tables: [rows("s.t")] }, { tables: [rows("s.t", { rows: 1 })] })).toEqual([
      "content changed table s.t: rows: 2 → 1",
    ]);
    expect(found({ tables: [rows("s.t")] }, { tables: [rows("s.t", { digest: "cd".repeat(32) })] })).toEqual([
      "content changed table s.t: 2 rows, content digest abababababababab… → cdcdcdcdcdcdcdcd…",
    ]);
    const at = (lastValue: string, isCalled: boolean) => ({
      sequences: [{ sequence: "s.q", lastValue, isCalled }],
    });
    expect(found(at("1", false), at("1", true))).toEqual([
      "sequences changed sequence s.q: value: 1 (not yet used) → 1",
    ]);
    const large = (bytes: number) => ({ largeObjects: [{ oid: 7, bytes, digest }] });
    expect(found(large(1), large(2))).toEqual([
      "large-objects changed large-object 7: 1 bytes, SHA-256 abababababababab… → 2 bytes, SHA-256 abababababababab…",
    ]);
  });

  test("read in two encodings, rows are counted alone; in another order of columns they differ", () => {
    const latin = (count: number) => ({ encoding: "LATIN1", tables: [rows("s.t", { rows: count })] });
    expect(found({ tables: [rows("s.t")] }, latin(2))).toEqual([]);
    expect(found({ tables: [rows("s.t")] }, latin(3))).toEqual(["content changed table s.t: rows: 2 → 3"]);
    expect(
      found(
        { tables: [rows("s.t")] },
        { tables: [rows("s.t", { columns: ["b", "a"], digest: "cd".repeat(32) })] },
      ),
    ).toHaveLength(1);
  });
});

test("what is a part of something lost is not reported beside it", () => {
  const column: CatalogObject = {
    kind: "column",
    identity: "s.t.a",
    parent: "table s.t",
    facts: { type: "text" },
  };
  expect(
    found({ objects: [table("s.t"), column], tables: [rows("s.t")] }, { objects: [table("s.u")] }),
  ).toEqual(["tables missing table s.t: missing", "tables extra table s.u: not there before"]);
});

describe("between versions", () => {
  const between = (
    from: string,
    to: string,
    before: CatalogObject,
    after: CatalogObject,
  ): readonly string[] =>
    found({ serverVersion: from, objects: [before] }, { serverVersion: to, objects: [after] });
  const publicSchema = (facts: CatalogObject["facts"]): CatalogObject => ({
    kind: "schema",
    identity: "public",
    facts,
  });

  test("MAINTAIN is no difference where one side cannot have it, and is one where both can", () => {
    const before = table("s.t", { grants: "bob: INSERT; the owner: INSERT, SELECT" });
    const after = table("s.t", { grants: "bob: INSERT, MAINTAIN; the owner: INSERT, MAINTAIN, SELECT" });
    expect(between("16.1", "17.1", before, after)).toEqual([]);
    expect(between("17.1", "17.1", before, after)).toHaveLength(1);
  });

  test("the public schema may have become that of 15, if nobody had changed it", () => {
    const grants = {
      old: "PUBLIC: CREATE, USAGE; the owner: CREATE, USAGE",
      new: "PUBLIC: USAGE; the owner: CREATE, USAGE",
    };
    const before = publicSchema({ owner: "postgres", "default owner": "postgres", grants: grants.old });
    const after = publicSchema({
      owner: "pg_database_owner",
      "default owner": "pg_database_owner",
      grants: grants.new,
    });
    expect(between("14.1", "15.1", before, after)).toEqual([]);
    expect(between("15.1", "15.1", before, after)).toHaveLength(2);
    expect(between("14.1", "15.1", publicSchema({ owner: "alice", grants: grants.old }), after)).toHaveLength(
      1,
    );
    expect(between("14.1", "15.1", before, publicSchema({ owner: "mallory" }))).toHaveLength(2);
  });

  test("a public schema that the source had dropped may be there again", () => {
    expect(found({}, { objects: [publicSchema({})] })).toEqual([]);
  });

  test("columns in another order are a difference, columns that come and go are not one of order", () => {
    const order = (list: string): CatalogObject => table("s.t", { "column order": list });
    expect(between("15.1", "15.1", order('a, "b, c", d'), order('a, d, "b, c"'))).toHaveLength(1);
    expect(between("15.1", "15.1", order("a, b, c"), order("a, c, e"))).toEqual([]);
    expect(between("15.1", "15.1", order("a, b"), table("s.t"))).toEqual([]);
  });
});

test("every fact belongs to one comparator, and what is listed only to none", () => {
  expect(comparatorOfFact("table", "owner")).toBe("owners");
  expect(comparatorOfFact("database", "owner")).toBe("database-settings");
  expect(comparatorOfFact("type", "default")).toBe("types");
  expect(comparatorOfFact("subscription", "owner")).toBeNull();
  expect(comparatorOfFact("extension", "version")).toBeNull();
});

test("identities quote by characters, never by keyword", () => {
  expect(identityOf("public", "user")).toBe("public.user");
  expect(identityOf("a.b", 'c"d')).toBe('"a.b"."c""d"');
  expect(identityOf("Größe")).toBe('"Größe"');
});

test("long texts are cut around the first place where they differ", () => {
  const long = "x".repeat(300);
  expect(shorten(undefined)).toBe("none");
  expect(shorten(" a\n  b ")).toBe("a b");
  expect(shorten(`${long}left${long}`, `${long}right${long}`)).toContain("left");
  expect(shorten(long).length).toBeLessThanOrEqual(161);
});
