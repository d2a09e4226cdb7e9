import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { contentKey, openCache } from "../../../../src/scan/files/cache/open-cache.ts";
import type { FactCache } from "../../../../src/scan/files/cache/open-cache.ts";
import { decodeText } from "../../../../src/scan/files/decode-text.ts";

let base = "";
let count = 0;
beforeAll(() => {
  base = mkdtempSync(join(tmpdir(), "custody-cache-"));
});
afterAll(() => rmSync(base, { recursive: true, force: true }));

const now = Date.parse("2026-11-22T12:00:00Z");
const stamp = { size: 10, mtimeMs: now - 60_000.25, ctimeMs: now - 60_000.25, inode: 7 };
const day = 86_400_000;

function newFolder(): string {
  count += 1;
  return join(base, String(count), "custody", "scan");
}

function open(folder: string, changes: Partial<Parameters<typeof openCache>[0]> = {}): FactCache {
  return openCache({ folder, root: "/tree", version: "1", nowMs: now, ...changes });
}

/** A cache with one file that has a value, and one that the prefilter refused. */
function written(folder: string): string {
  using cache = open(folder);
  cache.keep("/tree/a.ts", stamp, { key: "ts:1", lines: 7, value: { sites: ["ü", 1] } });
  cache.keep("/tree/b.ts", stamp, { key: null, lines: 7, value: null });
  expect(cache.save()).toBeNull();
  return join(folder, readdirSync(folder)[0]!);
}

describe("a second run", () => {
  test("finds what the first one kept, by state and by content", () => {
    const folder = newFolder();
    written(folder);
    using cache = open(folder);
    expect(cache.find("/tree/a.ts", stamp)).toEqual({ value: { sites: ["ü", 1] }, lines: 7 });
    expect(cache.find("/tree/b.ts", stamp)).toEqual({ value: null, lines: 7 });
    expect(cache.find("/tree/c.ts", stamp)).toBeNull();
    expect(cache.findContent("ts:1")).toEqual({ value: { sites: ["ü", 1] } });
    expect(cache.findContent("ts:2")).toBeNull();
  });

  test.each(["size", "mtimeMs", "ctimeMs", "inode"] as const)(
    "finds nothing of a file whose %s is another",
    (field) => {
      const folder = newFolder();
      written(folder);
      using cache = open(folder);
      expect(cache.find("/tree/a.ts", { ...stamp, [field]: 1 })).toBeNull();
    },
  );

  test("writes nothing when nothing changed, and keeps the rest when something did", () => {
    const folder = newFolder();
    const path = written(folder);
    const before = statSync(path).ino;
    {
      using cache = open(folder);
      cache.find("/tree/a.ts", stamp);
      expect(cache.save()).toBeNull();
    }
    expect(statSync(path).ino).toBe(before);
    {
      using cache = open(folder);
      cache.keep("/tree/b.ts", stamp, { key: "ts:2", lines: 7, value: 5 });
      cache.save();
    }
    using cache = open(folder);
    expect(cache.find("/tree/a.ts", stamp)).toEqual({ value: { sites: ["ü", 1] }, lines: 7 });
    expect(cache.find("/tree/b.ts", stamp)).toEqual({ value: 5, lines: 7 });
  });

  test("does not trust the state of a file that changed as it was scanned, but its content", () => {
    const folder = newFolder();
    const fresh = { ...stamp, mtimeMs: now - 500 };
    {
      using cache = open(folder);
      cache.keep("/tree/a.ts", fresh, { key: "ts:1", lines: 7, value: 1 });
      cache.save();
    }
    using cache = open(folder, { nowMs: now + 60_000 });
    expect(cache.find("/tree/a.ts", fresh)).toBeNull();
    expect(cache.findContent("ts:1")).toEqual({ value: 1 });
  });
});

describe("nothing is known", () => {
  test("of another version, or another tree", () => {
    const folder = newFolder();
    written(folder);
    using other = open(folder, { version: "2" });
    expect(other.find("/tree/a.ts", stamp)).toBeNull();
    using elsewhere = open(folder, { root: "/other" });
    expect(elsewhere.find("/tree/a.ts", stamp)).toBeNull();
  });

  test("from a file that is damaged anywhere, but for what lies elsewhere in it", () => {
    const folder = newFolder();
    const path = written(folder);
    const whole = readFileSync(path);
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const bytes = Buffer.from(whole);
        bytes[at] = bytes[at]! ^ change;
        writeFileSync(path, bytes);
        using cache = open(folder);
        // What is behind the mark, length and sum is blank.
        const isBlank = at >= whole.toString("latin1").trimEnd().length;
        const isInValue = at < Buffer.byteLength(JSON.stringify({ sites: ["ü", 1] }));
        if (!isInValue && !isBlank) expect(cache.find("/tree/b.ts", stamp)).toBeNull();
        if (!isBlank) expect(cache.find("/tree/a.ts", stamp)).toBeNull();
      }),
    );
    for (let length = 0; length < whole.length; length += 1) {
      writeFileSync(path, whole);
      truncateSync(path, length);
      using cache = open(folder);
      expect(cache.find("/tree/b.ts", stamp)).toBeNull();
    }
  });

  test("from any other file in its place", () => {
    const folder = newFolder();
    const path = written(folder);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        writeFileSync(path, bytes);
        using cache = open(folder);
        expect(cache.find("/tree/a.ts", stamp)).toBeNull();
      }),
    );
  });
});

test("what was of no use for two weeks goes", () => {
  const folder = newFolder();
  written(folder);
  const later = now + 15 * day;
  {
    using cache = open(folder, { nowMs: later });
    expect(cache.find("/tree/a.ts", stamp)).not.toBeNull();
    cache.save();
  }
  using cache = open(folder, { nowMs: later });
  expect(cache.find("/tree/a.ts", stamp)).not.toBeNull();
  expect(cache.find("/tree/b.ts", stamp)).toBeNull();
});

test("runs side by side each leave a whole cache, and nothing else", () => {
  const folder = newFolder();
  using one = open(folder);
  using two = open(folder);
  one.keep("/tree/a.ts", stamp, { key: "x:1", lines: 7, value: 1 });
  two.keep("/tree/a.ts", stamp, { key: "x:2", lines: 7, value: 2 });
  one.save();
  two.save();
  using cache = open(folder);
  expect(cache.find("/tree/a.ts", stamp)).toEqual({ value: 2, lines: 7 });
  expect(readdirSync(folder)).toHaveLength(1);
});

test("what a killed run left is swept; a folder that cannot be made is told", () => {
  const folder = newFolder();
  written(folder);
  const left = join(folder, "x.cache.abc.tmp");
  writeFileSync(left, "");
  utimesSync(left, (now - 2 * day) / 1000, (now - 2 * day) / 1000);
  {
    using cache = open(folder);
    cache.keep("/tree/a.ts", stamp, { key: null, lines: 7, value: null });
    cache.save();
  }
  expect(readdirSync(folder)).toHaveLength(1);
  using cache = open("/dev/null/cache");
  cache.keep("/tree/a.ts", stamp, { key: null, lines: 7, value: null });
  expect(cache.save()).toContain("/dev/null");
});

test("a content's key says what read it", () => {
  expect(contentKey("go", Buffer.from("x"))).toMatch(/^go:[0-9a-f]{64}$/);
  expect(decodeText(Buffer.from("x")).text).toBe("x");
});
