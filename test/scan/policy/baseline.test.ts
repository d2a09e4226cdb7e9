import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { applyBaseline, nextBaseline } from "../../../src/scan/policy/baseline.ts";
import { readBaseline, writeBaseline } from "../../../src/scan/policy/baseline-file.ts";
import { addFingerprints } from "../../../src/scan/policy/fingerprint.ts";
import { findingsSince } from "../../../src/scan/policy/since.ts";
import { told } from "../../support/told-finding.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "custody-baseline-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const one = told();
const again = told({ line: 9 });
const other = told({ path: "src/b.ts", rule: "flush", kind: "flush", what: "FLUSHALL", names: [] });

describe("a fingerprint", () => {
  const print = (...findings: readonly ReturnType<typeof told>[]): readonly string[] =>
    addFingerprints(findings, "").map(({ fingerprint }) => fingerprint);

  test("does not mind lines, columns, confidence and the way there", () => {
    const moved = told({ line: 70, column: 1, confidence: "low", message: "another sentence" });
    expect(print(moved)).toEqual(print(one));
    expect(print(one)[0]).toMatch(/^[0-9a-f]{32}$/);
  });
  test.each([
    { path: "src/c.ts" },
    { function: "other" },
    { what: "DROP ROLE" },
    { names: ["x"] },
    { rule: "bypass" as const },
  ])("minds %j", (change) => expect(print(told(change))).not.toEqual(print(one)));
  test("of two that are alike is not the same", () => expect(new Set(print(one, again)).size).toBe(2));
  test("is the same wherever in the repository the scan is run", () => {
    const below = told({ path: "a.ts" });
    expect(addFingerprints([below], "src/")[0]?.fingerprint).toBe(print(one)[0] ?? "");
  });
});

describe("a baseline", () => {
  test("is written sorted, comes back, and knows what it was written from", () => {
    const path = join(folder, "one.json");
    writeBaseline(path, nextBaseline([other, one, again], null, ""));
    const baseline = readBaseline(path)!;
    expect(baseline.entries.map(({ rule, count }) => [rule, count])).toEqual([
      ["database", 2],
      ["flush", 1],
    ]);
    expect(readFileSync(path, "utf8")).not.toMatch(/"(?:line|column)"/);
    expect(applyBaseline([other, again, one], baseline, "")).toEqual({
      findings: [],
      known: [other, again, one],
      stale: [],
    });
  });

  test("knows no more of a kind than it counted", () => {
    const baseline = nextBaseline([one], null, "");
    expect(applyBaseline([one, again], baseline, "")).toEqual({ findings: [again], known: [one], stale: [] });
  });

  test("tells what is mended", () => {
    const baseline = nextBaseline([one, again, other], null, "");
    expect(applyBaseline([one], baseline, "").stale).toMatchObject([
      { rule: "database", count: 1 },
      { rule: "flush", count: 1 },
    ]);
  });

  test("only shrinks", () => {
    const before = nextBaseline([one, again], null, "");
    const after = nextBaseline([one, other], before, "");
    expect(after.entries).toMatchObject([{ rule: "database", count: 1 }]);
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(one, again, other)),
        fc.array(fc.constantFrom(one, again, other)),
        (was, now) => {
          const old = nextBaseline(was, null, "");
          const next = nextBaseline(now, old, "");
          const count = (rule: string, { entries }: typeof old): number =>
            entries.find((each) => each.rule === rule)?.count ?? 0;
          for (const rule of ["database", "flush"])
            expect(count(rule, next)).toBeLessThanOrEqual(count(rule, old));
          expect(applyBaseline(now, next, "").stale).toEqual([]);
        },
      ),
    );
  });

  test("never knows a suppression gone wrong", () => {
    const wrong = told({ rule: "suppression-expired", kind: null });
    expect(nextBaseline([wrong], null, "").entries).toEqual([]);
  });

  test("that is not there is none; what is no baseline is refused, a conflict by its name", () => {
    const path = join(folder, "bad.json");
    expect(readBaseline(join(folder, "nothing.json"))).toBeNull();
    for (const text of ["", "[]", "{}", '{"v":2,"custody":"scan baseline","findings":[]}']) {
      writeFileSync(path, text);
      expect(() => readBaseline(path)).toThrow("is no baseline");
    }
    writeFileSync(path, "<<<<<<< HEAD\n{}\n=======\n");
    expect(() => readBaseline(path)).toThrow("conflict of a merge");
    expect(() => readBaseline(folder)).toThrow("cannot read");
  });
});

describe("what a branch adds", () => {
  const added = new Map([["src/a.ts", [{ first: 9, last: 9 }]]]);
  test("is what was not there", () => {
    expect(findingsSince([one, other], [told({ line: 50 })], new Map())).toEqual([other]);
  });
  test("of two that are alike is the one on added lines", () => {
    expect(findingsSince([one, again], [one], added)).toEqual([again]);
    expect(findingsSince([again, told({ line: 20 })], [one], added)).toEqual([again]);
  });
  test("is nothing where one of two went", () =>
    expect(findingsSince([one], [one, again], added)).toEqual([]));
});
