import { describe, expect, test } from "bun:test";
import { policyRules } from "../../../src/config/scan-rules.ts";
import { destructionKinds } from "../../../src/destruction/kinds.ts";
import { hole } from "../../../src/destruction/destruction.ts";
import { judgeSql } from "../../../src/destruction/sql/judge-sql.ts";
import { sqlParser } from "../../../src/postgres/parse-sql.ts";
import { createPrefilter } from "../../../src/scan/files/has-candidate.ts";
import { explainRule } from "../../../src/scan/rules/explain.ts";
import type { RuleId } from "../../../src/scan/finding.ts";
import { clientCalls } from "../../../src/scan/rules/examples/clients.ts";
import { howToMend, howToMendScript } from "../../../src/scan/rules/how-to-mend.ts";
import { statementExamples } from "../../../src/scan/rules/examples/sql-statements.ts";
import { findRule, ruleOf, rules } from "../../../src/scan/rules/find-rule.ts";
import { allExamples, examplesOf } from "../../../src/scan/rules/rule-examples.ts";

const programs = ["go", "typescript", "javascript", "python", "java", "ruby", "php", "rust", "csharp"];
const scripts = ["shell", "dockerfile", "makefile", "yaml", "terraform"];

/** Where a rule has an example beside programs: a chokepoint is nothing that a script has, and package.json has no comments. */
function scriptsOf(rule: RuleId): readonly string[] {
  if (rule in clientCalls) return [...scripts, "json"];
  if (rule.startsWith("suppression-")) return [...scripts, "sql"];
  return destructionKinds.some((kind) => kind === rule) ? [...scripts, "sql", "json"] : [];
}

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
      expect(howToMend(rule, "guardedDrop").length).toBeGreaterThan(0);
      const languages = examplesOf(rule.id).map(({ language }) => language);
      expect(new Set(languages).size).toBe(languages.length);
      expect(languages).toEqual(expect.arrayContaining([...programs, ...scriptsOf(rule.id)]));
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
  const text = explainRule(ruleOf("bypass"), null)
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

describe("how to mend it", () => {
  const first = (chokepoint: string | null) => howToMend(ruleOf("database"), chokepoint)[0];

  test.each([
    ["guardedDrop", "guardedDrop(…, fn)"],
    ["(*Server).guard", " guard(…, fn)"],
    ["internal/drops.ts#guarded_drop", " guarded_drop(…, fn)"],
  ])("speaks of %s, which the policy names", (chokepoint, call) => {
    expect(first(chokepoint)).toContain(call);
  });

  test("names no function where no policy does", () => {
    expect(first(null)).toContain("name that function in scan.chokepoint of custody.yaml");
    expect(howToMend(ruleOf("database"), null).join()).not.toMatch(/guardedDrop|through the chokepoint/);
  });

  test("of a script hands nothing to a function", () => {
    expect(howToMendScript(ruleOf("database"))[0]).toContain("scan.ignore");
    expect(howToMendScript(ruleOf("flush"))[0]).toBe("Delete the keys that are meant, by name.");
  });

  test("of the policy's own rules is what they say", () => {
    expect(howToMend(ruleOf("bypass"), "guardedDrop")).toBe(ruleOf("bypass").mend);
  });
});
