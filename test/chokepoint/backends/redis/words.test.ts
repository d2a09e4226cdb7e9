import { describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import {
  hashLine,
  isSameLine,
  mayReach,
  openRulesOf,
  restateLine,
} from "../../../../src/chokepoint/backends/redis/acl-line.ts";
import { parseAddress } from "../../../../src/chokepoint/addresses/redis.ts";
import { refusePrefix } from "../../../../src/chokepoint/backends/redis/key-names.ts";
import { createSeenKeys } from "../../../../src/chokepoint/backends/redis/seen-keys.ts";
import { judge } from "../../../../src/chokepoint/backends/redis/standing.ts";

describe("an address", () => {
  test.each([
    [
      "redis://cache",
      { place: { kind: "tcp", host: "cache", port: 6379 }, user: null, password: null, database: 0 },
    ],
    [
      "redis://:p%40ss@[::1]:7000/3",
      { place: { kind: "tcp", host: "::1", port: 7000 }, password: "p@ss", database: 3 },
    ],
    ["rediss://ann:pw@cache", { user: "ann", password: "pw", tls: { ca: null, cert: null, key: null } }],
    [
      "unix:///run/redis.sock?db=2",
      { place: { kind: "socket", path: "/run/redis.sock" }, database: 2, user: null },
    ],
    [
      "unix://ann:p%3A@/run/r%20s",
      { place: { kind: "socket", path: "/run/r s" }, user: "ann", password: "p:" },
    ],
  ])("%s", (url, address) => {
    expect(parseAddress(url)).toMatchObject(address);
    expect(parseAddress(url).display).not.toContain("p@ss");
  });

  test("reads the files that it names", () => {
    const path = join(tmpdir(), `custody-ca-${Math.random()}`);
    writeFileSync(path, "PEM");
    expect(parseAddress(`rediss://cache?cacert=${path}`).tls).toMatchObject({ ca: "PEM" });
    expect(() => parseAddress("rediss://cache?cacert=/nowhere")).toThrow(
      expect.objectContaining({ code: "file-unreadable" }),
    );
  });

  test.each([
    "cache:6379",
    "http://:secret@cache",
    "redis://:secret@cache/x",
    "redis://:secret@c?tls=1",
    "unix://:secret@host",
    "redis://:sec%ret@c",
  ])("%s is refused, without its password", (url) => {
    const failed = expect(() => parseAddress(url));
    failed.toThrow(expect.objectContaining({ code: "bad-config" }));
    failed.not.toThrow("secret");
  });
});

const line =
  "user ann on #abc ~t1:* %R~t1:x ~shared:* resetchannels &t1:* -@all +get +config|get (%W~t1:q &t1:z -@all +set)";

describe("a line of ACL LIST", () => {
  test("for another name and prefix", () => {
    expect(restateLine(line, { user: "bob", prefix: { from: "t1:", to: "t9:" } })).toBe(
      "user bob on #abc ~t9:* %R~t9:x ~shared:* resetchannels &t9:* -@all +get +config|get (%W~t9:q &t9:z -@all +set)",
    );
    expect(restateLine(line, { user: "bob", prefix: null })).toBe(line.replace("ann", "bob"));
  });

  test("what may be shown of it proves no password", () => {
    expect(openRulesOf(line).join(" ")).not.toContain("#abc");
  });

  test("is the same in whatever order single commands stand, and no other", () => {
    const [one, other] = ["user a on #x -@all +get +set -del", "user a on #x -@all -del +set +get"];
    expect(isSameLine(one, other)).toBe(true);
    expect(hashLine(one)).toBe(hashLine(other));
    for (const changed of [
      "user a on #y -@all +get +set -del",
      "user a on #x +get -@all +set -del",
      "user a on #x -@all +get +set +del",
    ])
      expect(isSameLine(one, changed)).toBe(false);
  });

  test.each([
    ["~t1:*", true],
    ["~*", true],
    ["~t*", true],
    ["~t1:sub:*", true],
    [String.raw`~t\1:*`, true],
    ["~t2:*", false],
    ["(~t1:* +get)", true],
    ["&t1:*", false],
  ])("whether %s may reach t1: is %s", (rule, may) => {
    expect(mayReach(`user a on ${rule}`, "t1:")).toBe(may);
  });
});

test.each(["", "c", "custody", "custody_", "custody_tomb_d:"])("the prefix %p reaches too far", (prefix) => {
  expect(refusePrefix(prefix)).not.toBeNull();
});

test("without a mark, what stands under its own name tells whether the fence is complete", () => {
  const nothing = { mark: null, isBehind: false, hasUser: false, hasKeys: false };
  expect(judge(nothing)).toBe("gone");
  expect(judge({ ...nothing, hasKeys: true })).toBe("intact");
  expect(judge({ ...nothing, isBehind: true })).toBe("fenced");
  expect(judge({ ...nothing, isBehind: true, hasUser: true })).toBe("fencing");
  expect(judge({ ...nothing, mark: "fenced", hasUser: true, hasKeys: true })).toBe("fenced");
  expect(judge({ ...nothing, mark: "gone", hasKeys: true })).toBe("gone");
});

test("keys that were seen are known, however many, in each database apart", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(2), fc.string())), (keys) => {
      const seen = createSeenKeys();
      const known = new Set<string>();
      for (const [database, key] of keys) {
        const name = `${database} ${key}`;
        expect(seen.add(database, Buffer.from(key))).toBe(!known.has(name));
        known.add(name);
      }
    }),
  );
  const seen = createSeenKeys();
  const keys = Array.from({ length: 20_000 }, (_, index) => Buffer.from(`k${index}`));
  expect(keys.every((key) => seen.add(0, key))).toBe(true);
  expect(keys.some((key) => seen.add(0, key))).toBe(false);
});
