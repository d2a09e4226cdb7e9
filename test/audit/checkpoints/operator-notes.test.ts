import { expect, test } from "bun:test";
import fc from "fast-check";
import { baseOriginOf } from "../../../src/audit/checkpoints/checkpoint-state.ts";
import { isSameCluster } from "../../../src/audit/checkpoints/judge-cluster.ts";
import {
  formatAcceptance,
  formatRebaseline,
  parseAcceptance,
  parseRebaseline,
} from "../../../src/audit/checkpoints/operator-notes.ts";

const line = fc.string({ minLength: 1, unit: "grapheme-ascii" }).filter((each) => !each.includes("\n"));
const cluster = fc.record({
  systemIdentifier: fc.bigInt(1n, 2n ** 64n - 1n).map(String),
  timeline: fc.integer({ min: 1, max: 2 ** 31 }),
});
const head = fc.record({
  origin: line,
  size: fc.maxSafeNat(),
  root: fc.uint8Array({ minLength: 32, maxLength: 32 }),
});
const statement = { at: fc.constant("2026-11-22T01:02:03.000Z"), who: line, reason: line };

test("an acceptance says what it was given", () => {
  fc.assert(
    fc.property(fc.record({ ...statement, before: head, after: head, cluster }), (given) => {
      const read = parseAcceptance(formatAcceptance(given), "x");
      expect(read).toEqual({
        ...given,
        before: { ...given.before, extensions: [] },
        after: { ...given.after, extensions: [] },
      } as typeof read);
    }),
  );
});

test("so does a rebaseline", () => {
  const checkpointSha256 = fc.constant("ab".repeat(32));
  fc.assert(
    fc.property(
      fc.record({ ...statement, origin: line, checkpointSha256, from: cluster, to: cluster }),
      (given) => {
        expect(parseRebaseline(formatRebaseline(given), "x")).toEqual(given);
      },
    ),
  );
});

test("neither is read from anything else", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      for (const parse of [parseAcceptance, parseRebaseline]) {
        expect(() => parse(text, "x")).toThrow(expect.objectContaining({ code: "unreadable-checkpoint" }));
      }
    }),
  );
});

test("a cluster is the same by the changes that were signed, in their direction", () => {
  const at = (timeline: number) => ({ systemIdentifier: "7", timeline });
  const steps = [
    { from: at(2), to: at(3) },
    { from: at(1), to: at(2) },
    { from: at(3), to: at(1) },
    { from: at(4), to: at(1) },
  ];
  expect(isSameCluster(at(1), at(1), [])).toBe(true);
  expect(isSameCluster(at(1), at(3), [])).toBe(false);
  expect(isSameCluster(at(1), at(3), steps)).toBe(true);
  expect(isSameCluster(at(1), at(4), steps)).toBe(false);
  expect(isSameCluster(at(4), at(2), steps)).toBe(true);
  expect(isSameCluster({ systemIdentifier: "8", timeline: 1 }, at(1), steps)).toBe(false);
});

test("restores that were accepted are counted at the end of an origin", () => {
  expect(["a/b", "a/b/2", "a/b/17", "a/b/1", "a/b/02", "a/2/b"].map(baseOriginOf)).toEqual([
    "a/b",
    "a/b",
    "a/b",
    "a/b/1",
    "a/b/02",
    "a/2/b",
  ]);
});
