import { expect, test } from "bun:test";
import fc from "fast-check";
import { createJunit } from "../../src/reporters/junit.ts";
import { escapeXml } from "../../src/reporters/xml.ts";
import type { Check } from "../../src/run/contract.ts";
import { parseXml } from "../support/parse-xml.ts";
import type { Element } from "../support/parse-xml.ts";
import { recordExample, render } from "../support/run-example.ts";

/** The order and the attributes that both published schemas ask of a suite. */
function expectValidSuite(suite: Element): void {
  expect(suite.name).toBe("testsuite");
  for (const name of [
    "id",
    "package",
    "name",
    "timestamp",
    "hostname",
    "tests",
    "failures",
    "errors",
    "time",
  ]) {
    expect(suite.attributes).toHaveProperty(name);
  }
  expect(suite.attributes["timestamp"]).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/);
  const names = suite.children.map((each) => each.name);
  expect(names).toEqual([
    "properties",
    ...names.slice(1, -2).map(() => "testcase"),
    "system-out",
    "system-err",
  ]);
  const cases = suite.children.filter((each) => each.name === "testcase");
  const count = (result: string): number => cases.filter((each) => each.children[0]?.name === result).length;
  expect(suite.attributes).toMatchObject({
    tests: String(cases.length),
    failures: String(count("failure")),
    errors: String(count("error")),
    skipped: String(count("skipped")),
  });
  for (const each of cases) {
    expect(Object.keys(each.attributes)).toEqual(["classname", "name", "time"]);
    expect(each.children.length).toBeLessThanOrEqual(1);
  }
}

function results(document: Element): Record<string, string> {
  const cases = document.children.flatMap((suite) =>
    suite.children.filter((each) => each.name === "testcase"),
  );
  return Object.fromEntries(
    cases.map((each) => [each.attributes["name"], each.children[0]?.name ?? "passed"]),
  );
}

test("a document is valid whatever the checks say", async () => {
  const { report } = await recordExample("bad");
  const text = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.constantFrom("\0", "]]>", "\ud800", "\uffff", "&amp;", "\r\n"),
  );
  const check: fc.Arbitrary<Check> = fc.record(
    {
      group: text,
      name: text,
      outcome: fc.constantFrom("passed", "failed", "not-applicable", "not-run"),
      expected: text,
      actual: text,
      detail: text,
    },
    { requiredKeys: ["group", "name", "outcome", "expected", "actual"] },
  );
  fc.assert(
    fc.property(fc.array(check, { maxLength: 5 }), (checks) => {
      const document = parseXml(createJunit().ended({ ...report, checks }));
      expect(document.name).toBe("testsuites");
      expect(document.attributes).toEqual({});
      for (const suite of document.children) expectValidSuite(suite);
    }),
  );
});

test("what XML can hold comes back as it was", () => {
  const character = fc
    .oneof(
      fc.integer({ min: 0x20, max: 0xd7ff }),
      fc.integer({ min: 0xe000, max: 0xfffd }),
      fc.constantFrom(9, 10, 13),
    )
    .map((code) => String.fromCodePoint(code));
  fc.assert(
    fc.property(fc.string({ unit: character }), (text) => {
      const { attributes, text: content } = parseXml(`<a b="${escapeXml(text)}">${escapeXml(text)}</a>`);
      expect([attributes["b"], content]).toEqual([text, text]);
    }),
  );
});

test("a check that could not run is an error, and only what does not apply is skipped", async () => {
  expect(results(parseXml(render("junit", await recordExample("not-run"))))).toEqual({
    count: "passed",
    head: "error",
    verdict: "error",
  });
  expect(results(parseXml(render("junit", await recordExample("good"))))).toEqual({
    count: "passed",
    head: "skipped",
    verdict: "passed",
  });
});

test("a run that could check nothing is red", async () => {
  expect(results(parseXml(render("junit", await recordExample("refused"))))).toEqual({ verdict: "error" });
});
