import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { linesOf } from "../../../src/scan/lines.ts";
import { applySuppressions } from "../../../src/scan/policy/apply-suppressions.ts";
import { isExpired, readSuppressions } from "../../../src/scan/policy/read-suppressions.ts";
import type { SuppressionComment } from "../../../src/scan/policy/read-suppressions.ts";
import { told } from "../../support/told-finding.ts";

const day = (text: string): number => Date.parse(text);

/** The suppressions of a source whose comments are what a pattern finds. */
function read(
  source: string,
  comment = /(?:\/\/|#|--)[^\n]*|\/\*[\s\S]*?\*\/|<!--[\s\S]*?-->/g,
): readonly SuppressionComment[] {
  const comments = [...source.matchAll(comment)].map((match) => ({ text: match[0], at: match.index }));
  return readSuppressions(comments, linesOf(source));
}

describe("what is said", () => {
  test.each([
    ["// custody-allow: tests clean up until 2027-01-31", "tests clean up", "2027-01-31"],
    ["#custody-allow:seed, OPS-12, until 2027-01-31 (ann)", "seed, OPS-12", "2027-01-31"],
    ["-- CUSTODY-ALLOW : x until 2028-02-29", "x", "2028-02-29"],
    ["/* custody-allow: kept until we move until 2027-01-31 */", "kept until we move", "2027-01-31"],
    ["# custody-allow: x until 2027-01-31, not until then", "x", "2027-01-31"],
    ["/** custody-allow: das bleibt bis dann until 2027-01-31 */", "das bleibt bis dann", "2027-01-31"],
    ["<!-- custody-allow: x y until 2027-01-31 -->", "x y", "2027-01-31"],
    ["// nolint, custody-allow: x until 2027-01-31", "x", "2027-01-31"],
  ])("%s", (source, reason, until) => {
    const [found] = read(source);
    expect(found?.allows).toEqual({ is: "valid", reason, until });
  });

  test.each([
    ["// custody-allow", "no colon"],
    ["// custody-allow until 2027-01-31", "no colon"],
    ["// custody-allow:", "until when"],
    ["// custody-allow: a reason", "until when"],
    ["// custody-allow: a reason until", "until when"],
    ["// custody-allow: until 2027-01-31", "no reason"],
    ["// custody-allow: 17 until 2027-01-31", "no reason"],
    ["// custody-allow: a reason until next week", "next is no day"],
    ["// custody-allow: a reason until 2027-1-31", "2027-1-31 is no day"],
    ["// custody-allow: a reason until 2027-02-29", "2027-02-29 is no day"],
    ["// custody-allow: a reason until 2027-01-311", "is no day"],
    ["// custody-allow: a reason until 31.01.2027", "is no day"],
  ])("%s is malformed: %s", (source, why) => {
    const [found] = read(source);
    expect(found?.allows).toMatchObject({ is: "malformed", why: expect.stringContaining(why) });
  });

  test("words about it are none", () => {
    expect(read("// read about custody-allow in the documentation\n// the custody-allowance")).toEqual([]);
    expect(read("/** A comment: `custody-allow: <reason> until <day>`. */")).toEqual([]);
  });
});

describe("what it covers", () => {
  const allow = "custody-allow: x y until 2027-01-31";
  test.each([
    ["its own line, behind code", `a();\nb(); // ${allow}\nc();`, [2, 2]],
    ["its own line, before code", `/* ${allow} */ b();\nc();`, [1, 1]],
    ["the next line", `// ${allow}\nb();\nc();`, [2, 2]],
    ["the next line of code", `// ${allow}\n\n  // more\n  /* and more */\n\nb();\nc();`, [6, 6]],
    ["a block of comments above", `// why this is so\n// ${allow}\n// see OPS-12\nb();\nc();`, [4, 4]],
    ["one comment of several lines", `/*\n * why\n * ${allow}\n */\nb();\nc();`, [5, 5]],
    ["a call over several lines", `// ${allow}\nb(\n  x,\n  "DROP",\n);\nc();`, [2, 5]],
    ["a chain of methods", `// ${allow}\nawait client\n  .db(name)\n  .dropDatabase();\nc();`, [2, 4]],
    ["a text that is put together", `# ${allow}\nsql = "DROP " \\\n  "DATABASE x"\nc()`, [2, 3]],
    ["not the body of what opens there", `// ${allow}\nif (x) {\n  b();\n}`, [2, 2]],
    ["an instance variable of Ruby", `# ${allow}\n@redis.flushall\nc`, [2, 2]],
    ["a line of SQL", `-- ${allow}\nDROP TABLE x;\nDROP TABLE y;`, [2, 2]],
    ["a key of YAML", `# ${allow}\nstate: absent\nname: x`, [2, 2]],
    ["a here-document", `# ${allow}\npsql <<'SQL' || true\nDROP ROLE x;\nSQL\nb`, [2, 4]],
    ["a here-document of PHP", `// ${allow}\n$db->exec(<<<SQL\nDROP ROLE x\nSQL);\nb();`, [2, 4]],
    ["a text of Terraform", `# ${allow}\n  command = <<-EOT\n    dropdb x\n  EOT\n  b = 1`, [2, 4]],
    ["a text that opens at the line's end", `# ${allow}\npsql -c "\nDROP ROLE x;\n"\nb`, [2, 4]],
    ["a text that is not closed", `# ${allow}\npsql -c 'DROP ROLE x;\nDROP ROLE y'\nb`, [2, 3]],
    ["not from a shift on", `// ${allow}\na(1 << n);\nn = 3;\nn.b();`, [2, 2]],
    ["not from an apostrophe on", `// ${allow}\na(b); // it isn't\nc(); // don't`, [2, 2]],
    ["not from a lifetime on", `// ${allow}\nfn a<'b, 'c>(d: &'b str) {\ne('"');\n}`, [2, 2]],
    ["not from a mark in marks on", `// ${allow}\na('"', "it's", "\\"");\nb("'");`, [2, 2]],
    ["nothing", `a();\n// ${allow}\n`, null],
  ] as const)("%s", (_, source, range) => {
    const [found] = read(source);
    expect(found?.covers).toEqual(range === null ? null : { first: range[0], last: range[1] });
  });
});

test("a day is allowed to its end, in UTC", () => {
  expect(isExpired("2027-01-31", day("2027-01-31T23:59:59.999Z"))).toBe(false);
  expect(isExpired("2027-01-31", day("2027-02-01T00:00:00Z"))).toBe(true);
  expect(isExpired("2027-01-31", day("2027-01-31T23:00:00-05:00"))).toBe(true);
});

describe("what is left", () => {
  const apply = (source: string, findings = [told()], nowMs = day("2027-01-01")) =>
    applySuppressions(findings, new Map([["src/a.ts", read(source)]]), { nowMs, reportsUnused: true });

  test("a finding that is allowed is suppressed, with why", () => {
    const { findings, suppressed } = apply("// custody-allow: x until 2027-01-31\ndrop();");
    expect(findings).toEqual([]);
    expect(suppressed).toEqual([
      { ...told(), suppression: { by: "comment", reason: "x", until: "2027-01-31", line: 1 } },
    ]);
  });

  test("one comment allows all that is on its lines, and nothing in another file", () => {
    const findings = [told(), told({ column: 9 }), told({ path: "src/b.ts" }), told({ line: 3 })];
    const applied = apply("// custody-allow: x until 2027-01-31\ndrop();\nmore();", findings);
    expect(applied.suppressed).toHaveLength(2);
    expect(applied.findings).toEqual(findings.slice(2));
  });

  test("a finding over several lines is allowed on any of them", () => {
    const { findings } = apply("db.exec(\n// custody-allow: x until 2027-01-31\n'DROP'\n)", [
      told({ line: 1, endLine: 4 }),
    ]);
    expect(findings).toEqual([]);
  });

  test("an expired one allows nothing, and is a finding", () => {
    const { findings } = apply("// custody-allow: x until 2026-12-31\ndrop();");
    expect(findings.map(({ rule }) => rule)).toEqual(["database", "suppression-expired"]);
    expect(findings[1]).toMatchObject({ path: "src/a.ts", line: 1, column: 4, kind: null });
  });

  test("a malformed one allows nothing, and is a finding", () => {
    const { findings } = apply("// custody-allow: x\ndrop();");
    expect(findings.map(({ rule }) => rule)).toEqual(["database", "suppression-malformed"]);
  });

  test("one that has nothing to allow is a finding, unless not all was looked at", () => {
    const source = "// custody-allow: x until 2027-01-31\nfine();";
    expect(apply(source, []).findings.map(({ rule }) => rule)).toEqual(["suppression-unused"]);
    const partly = applySuppressions([], new Map([["src/a.ts", read(source)]]), {
      nowMs: 0,
      reportsUnused: false,
    });
    expect(partly.findings).toEqual([]);
  });
});

test("whatever a comment says, it is read", () => {
  const piece = fc.constantFrom(
    "custody-allow",
    ":",
    " ",
    "until",
    "2027-01-31",
    "x",
    "\n",
    "*/",
    "//",
    "2027-13-45",
    "(",
    "{",
  );
  fc.assert(
    fc.property(
      fc.array(piece).map((parts) => parts.join("")),
      fc.string(),
      (text, after) => {
        const source = `${text}${after}`;
        for (const { covers } of readSuppressions([{ text, at: 0 }], linesOf(source))) {
          if (covers !== null) expect(covers.first).toBeLessThanOrEqual(covers.last);
        }
      },
    ),
  );
});
