import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { frontEndNames, frontEnds, lostIn, readSource } from "../../support/front-ends.ts";
import { show } from "../../support/show-syntax.ts";
import { expressionsOf } from "../../support/expressions-of.ts";

const fixtures = join(import.meta.dirname, "../../fixtures/syntax");

/** `=== what it shows`, a source, `--- gives`, and its syntax as text. */
function readCases(language: string): { title: string; source: string; expected: string }[] {
  const [, ...cases] = readFileSync(join(fixtures, `${language}.txt`), "utf8").split(/^=== /m);
  return cases.map((each) => {
    const [head = "", expected = ""] = each.split("\n--- gives\n");
    const end = head.indexOf("\n");
    return { title: head.slice(0, end), source: head.slice(end + 1), expected: expected.trimEnd() };
  });
}

describe.each(frontEndNames)("%s", (language) => {
  const cases = readCases(language);
  const sample = readFileSync(join(fixtures, `sample.${frontEnds[language].extension}`), "utf8");
  const sources = [sample, ...cases.map(({ source }) => source)];

  test.each(cases)("$title", ({ source, expected }) => {
    expect(show(readSource(language, source))).toBe(expected);
  });

  test("no literal and no call is lost", () => {
    expect(sources.flatMap((source) => lostIn(language, source))).toEqual([]);
  });

  test("positions point at what they tell of", () => {
    for (const source of sources) {
      const file = readSource(language, source);
      for (const each of file.functions.slice(1))
        if (each.name !== null && source.startsWith(each.name, each.at))
          expect(each.end).toBeGreaterThan(each.at);
      for (const value of expressionsOf(file)) {
        // A receiver is called `this`; what Rust captures in a literal stands somewhere in it.
        const isSaid = value.is === "name" && !/^(?:this|self|<.*)$/.test(value.name);
        if (isSaid && !/^(?:Self|r?#*")/.test(source.slice(value.at)))
          expect(source.slice(value.at)).toStartWith(value.name);
        if (value.is === "member") expect(source.slice(value.at)).toStartWith(value.name);
        if (value.is === "call") expect(value.end).toBeGreaterThanOrEqual(value.at);
      }
    }
  });

  test("what is nested without end, or is long, is read, reported or given up, never a crash", () => {
    const depth = 5000;
    const open = (text: string): string => text.repeat(depth);
    for (const source of [
      `x = ${open("(")}1${open(")")}`,
      `x = ${open("[")}`,
      `x = ${open("f(")}"a"`,
      `x = ${open("!")}a`,
      `x = ${open('"a" + ')}"b"`,
      `x = ${open("a.b().")}c`,
      `f() ${open("{ if x ")}`,
      open("if x:\n  "),
    ]) {
      // On a busy machine the second that a parser has may not be enough: that is told, too.
      try {
        readSource(language, source);
      } catch (error) {
        expect(error).toEqual(new Error("the parser gave up"));
      }
    }
  });

  test("mutated sources never throw, and their positions lie inside", () => {
    const index = fc.nat({ max: sample.length });
    const edit = fc.record({
      from: index,
      length: fc.nat({ max: 40 }),
      text: fc.oneof(fc.string(), fc.constantFrom(...tokens)),
    });
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 8 }), (edits) => {
        let source = sample;
        for (const { from, length, text } of edits)
          source = source.slice(0, from) + text + source.slice(from + length);
        const file = readSource(language, source);
        for (const { at } of expressionsOf(file)) {
          expect(at).toBeGreaterThanOrEqual(0);
          expect(at).toBeLessThanOrEqual(source.length);
        }
        for (const { parent } of file.functions.slice(1)) expect(parent).not.toBeNull();
      }),
    );
  });

  test("any text is read", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 200 }), (source) => {
        readSource(language, source);
      }),
    );
  });
});

const tokens = [
  "(",
  ")",
  "{",
  "}",
  "[",
  "]",
  '"',
  "'",
  "`",
  '"""',
  "\\",
  "\n",
  "f'{",
  'r#"',
  "//",
  "#",
  "/*",
  "=>",
  "::",
  "\u0000",
  "\ud800",
];
