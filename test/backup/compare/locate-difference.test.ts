import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { createLineSplitter, fieldOf } from "../../../src/backup/compare/copy-lines.ts";
import { describeLocation, locateDifference } from "../../../src/backup/compare/locate-difference.ts";
import type { RowSource } from "../../../src/backup/compare/locate-difference.ts";

const encoder = new TextEncoder();

function rowsOf(lines: readonly string[], chunkBytes = 7): RowSource {
  return async function* rows() {
    const bytes = encoder.encode(lines.map((line) => `${line}\n`).join(""));
    for (let at = 0; at < bytes.length; at += chunkBytes) yield bytes.slice(at, at + chunkBytes);
  };
}

const field = fc.string({ unit: fc.constantFrom("a", "b", "ü", "\\", "N", " "), maxLength: 4 });

describe("the place of a difference", () => {
  test("is every row that differs, by key, and no other", async () => {
    const table = fc.uniqueArray(fc.tuple(fc.nat(500), field), { selector: ([id]) => id, maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(table, table, async (left, right) => {
        const before = new Map(left);
        const after = new Map(right);
        const text = (rows: typeof left): string[] => rows.map(([id, value]) => `x\t${id}\t${value}`);
        const location = await locateDifference({
          before: rowsOf(text(left)),
          after: rowsOf(text(right).toReversed(), 3),
          key: [1],
          limit: 1000,
        });
        const found = new Map(location.rows.map((row) => [Number(row.key?.[0]), row.change]));
        const truth = new Map<number, "missing" | "extra" | "changed">();
        for (const id of new Set([...before.keys(), ...after.keys()])) {
          if (!after.has(id)) truth.set(id, "missing");
          else if (!before.has(id)) truth.set(id, "extra");
          else if (before.get(id) !== after.get(id)) truth.set(id, "changed");
        }
        expect(found).toEqual(truth);
        expect(location.count).toBe(truth.size);
      }),
    );
  });

  test("is digests where there is no key, duplicates counted", async () => {
    const location = await locateDifference({
      before: rowsOf(["a", "a", "a", "b"]),
      after: rowsOf(["a", "b", "c"]),
      key: [],
    });
    expect(location.count).toBe(3);
    expect(location.rows.map(({ change }) => change).toSorted()).toEqual(["extra", "missing", "missing"]);
    expect(describeLocation(location, [])).toStartWith(
      "3 rows differ: row missing, digest ca978112ca1bbdca…; row missing",
    );
  });

  test("is said with keys and digests, never with values", async () => {
    const location = await locateDifference({
      before: rowsOf(["1\teu\tsecret", "2\teu\tsame"]),
      after: rowsOf(["1\teu\tother", "2\teu\tsame", "3\tus\tnew"]),
      key: [0, 1],
    });
    const text = describeLocation(location, ["id", "region"]);
    expect(text).toMatch(
      /^2 rows differ: \(id, region\)=\(1, eu\) digest [0-9a-f]{16}… → [0-9a-f]{16}…; \(id, region\)=\(3, us\) not there before, digest [0-9a-f]{16}…$/,
    );
    expect(text).not.toContain("secret");
  });

  test("is capped, and says so, when everything differs", async () => {
    const many = (salt: string): string[] => Array.from({ length: 150_000 }, (_, id) => `${id}\t${salt}`);
    const location = await locateDifference({
      before: rowsOf(many("x"), 65_536),
      after: rowsOf(many("y"), 65_536),
      key: [0],
      limit: 3,
    });
    expect(location.isWhole).toBe(false);
    expect(location.rows).toHaveLength(3);
    expect(location.count).toBeGreaterThan(90_000);
    expect(describeLocation(location, ["id"])).toContain("at least ");
  });

  test("is nowhere in equal tables", async () => {
    const location = await locateDifference({ before: rowsOf(["1\ta"]), after: rowsOf(["1\ta"]), key: [0] });
    expect(location).toEqual({ rows: [], count: 0, isWhole: true });
  });
});

test("lines are the same wherever the chunks are cut", () => {
  fc.assert(
    fc.property(fc.array(field, { maxLength: 20 }), fc.integer({ min: 1, max: 9 }), (lines, size) => {
      const bytes = encoder.encode(lines.map((line) => `${line}\n`).join(""));
      const seen: string[] = [];
      const splitter = createLineSplitter((line) => seen.push(new TextDecoder().decode(line)));
      for (let at = 0; at < bytes.length; at += size) splitter.push(bytes.slice(at, at + size));
      splitter.finish();
      expect(seen).toEqual([...lines]);
    }),
  );
});

test("fields are counted from 0, and one that is not there is empty", () => {
  const line = encoder.encode("a\t\tc");
  expect([0, 1, 2, 3].map((at) => new TextDecoder().decode(fieldOf(line, at)))).toEqual(["a", "", "c", ""]);
});
