import { describe, expect, test } from "bun:test";
import { policyRules } from "../../../src/config/scan-schema.ts";
import { destructionKinds } from "../../../src/destruction/kinds.ts";
import { hole } from "../../../src/destruction/destruction.ts";
import { judgeSql } from "../../../src/destruction/sql/judge-sql.ts";
import { sqlParser } from "../../../src/postgres/parse-sql.ts";
import { createPrefilter } from "../../../src/scan/files/has-candidate.ts";
import { explainRule } from "../../../src/scan/rules/explain.ts";
import { statementExamples } from "../../../src/scan/rules/examples/sql-statements.ts";
import { findRule, ruleOf, rules } from "../../../src/scan/rules/find-rule.ts";
import { allExamples, examplesOf } from "../../../src/scan/rules/rule-examples.ts";

const programs = ["go", "typescript", "python", "java", "ruby", "php", "rust", "csharp"];

test("there is one rule for every kind and every rule of the policy", () => {
  expect(rules.map(({ id }) => id)).toEqual([...destructionKinds, ...policyRules]);
  expect(findRule("databse")).toBeNull();
  expect(findRule("bypass")).toBe(ruleOf("bypass"));
});

describe("every rule", () => {
  test.each(rules.map((rule) => [rule.id, rule] as const))(
    "%s says what, why and how to mend it",
    (_, rule) => {
      expect(rule.title).toMatch(/^[A-Z].*[^.]$/);
      expect(rule.why).toMatch(/^[A-Z].*\.$/);
      expect(rule.mend.length).toBeGreaterThan(0);
      const languages = examplesOf(rule.id).map(({ language }) => language);
      expect(new Set(languages).size).toBe(languages.length);
      // Some client libraries have no call for a script.
      if (rule.id === "keys") expect(languages).toEqual(["go", "typescript", "python", "ruby", "shell"]);
      else expect(languages).toEqual(expect.arrayContaining(programs));
    },
  );
});

test("a violation is not its look-alike, and no text was left out", () => {
  for (const { violation, lookAlike } of allExamples()) {
    expect(violation).not.toEqual(lookAlike);
    for (const source of [...Object.values(violation), ...Object.values(lookAlike)]) {
      expect(source).toEndWith("\n");
      expect(source).not.toMatch(/undefined|\{\}"|\[object/);
    }
  }
});

test("what a kind's violation holds is never passed over unparsed", () => {
  for (const kind of destructionKinds) {
    const isCandidate = createPrefilter(new Set([kind]));
    for (const { violation } of examplesOf(kind)) {
      for (const source of Object.values(violation))
        expect({ source, kind, is: isCandidate(Buffer.from(source)) }).toMatchObject({ is: true });
    }
  }
});

const parser = await sqlParser();

describe("the statements", () => {
  test.each(Object.entries(statementExamples))(
    "%s are judged so, and their look-alikes are not",
    (kind, { before, after, harmless }) => {
      for (const name of ["tenant_7", hole]) {
        expect(judgeSql(`${before}${name}${after}`, parser).map((each) => each.kind)).toEqual([
          kind as "database",
        ]);
        expect(judgeSql(`${harmless.before}${name}${harmless.after}`, parser)).toEqual([]);
      }
    },
  );
});

test("an explanation holds the reason, the remedy and an example in each language", () => {
  const text = explainRule(ruleOf("bypass"))
    .map((line) => line.text)
    .join("\n");
  expect(text).toContain("bypass: A way round the chokepoint");
  expect(text).toContain(
    "How to mend it\n- Make the call inside a function that is handed to the chokepoint.",
  );
  for (const language of ["Go", "TypeScript", "Python", "Java", "Ruby", "PHP", "Rust", "C#"])
    expect(text).toContain(`\n${language}\n`);
  expect(text).toContain("with scan: { chokepoint: [guarded_drop], sanctioned: [drop_database] }");
  expect(Math.max(...text.split("\n").map((each) => each.length))).toBeLessThanOrEqual(130);
});
