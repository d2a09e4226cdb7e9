import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { compilePattern, problemOfPattern } from "../../../src/config/pattern/compile-pattern.ts";

/** Patterns over a small alphabet, so that texts match them often. */
const pattern = fc.letrec<{ all: string; item: string }>((tie) => ({
  all: fc.oneof(
    { depthSize: "small" },
    fc.constantFrom("", "^", "$", "a", "b"),
    fc.array(tie("item"), { maxLength: 4 }).map((items) => items.join("")),
    fc.tuple(tie("all"), tie("all")).map(([one, other]) => `${one}|${other}`),
  ),
  item: fc.oneof(
    { depthSize: "small" },
    fc.constantFrom("a", "b", ".", "[ab]", "[^a]", "\\w", "\\.", "\\u0061", "\\p{L}", "^", "$", "é", "😀"),
    fc
      .tuple(tie("all"), fc.constantFrom("", "*", "+", "?", "{2}", "{1,}", "{0,2}", "*?", "{0}"))
      .map(([inner, many]) => `(?:${inner})${many}`),
  ),
})).all;

describe("a pattern matches what RegExp matches", () => {
  test("whatever it is", () => {
    const text = fc.array(fc.constantFrom("a", "b", ".", "é", "😀", "\n"), { maxLength: 8 });
    fc.assert(
      fc.property(pattern, text, (source, characters) => {
        const given = characters.join("");
        expect(compilePattern(source).test(given)).toBe(new RegExp(source, "u").test(given));
      }),
      { numRuns: 5000 },
    );
  });

  test.each([
    ["^(db|dedicated_db)_[A-Za-z0-9._-]+$", "db_1", true],
    ["^(db|dedicated_db)_[A-Za-z0-9._-]+$", "xdb_1", false],
    ["^(?<kind>db|usr)_", "usr_9", true],
    ["^[\\]\\-x]+$", "]-x", true],
    ["^\\ud83d\\ude00$", "😀", true],
    ["^\\u{1F600}$", "😀", true],
    ["[(]", "a(", true],
    ["", "anything", true],
  ])("%s on %s", (source, text, isFound) => {
    expect(compilePattern(source).test(text)).toBe(isFound);
    expect(new RegExp(source, "u").test(text)).toBe(isFound);
  });
});

test("none takes longer for being made to", () => {
  const from = performance.now();
  for (const source of [
    "^(a+)+$",
    "^(a|a)*$",
    "^(a|aa)+$",
    "^(.*)*(.*)*x$",
    `^${"a?".repeat(63)}${"a".repeat(63)}$`,
  ])
    compilePattern(source).test(`${"a".repeat(62)}!`);
  expect(performance.now() - from).toBeLessThan(1000);
});

test.each([
  ["(", "is no regular expression"],
  ["*", "is no regular expression"],
  ["(?=a)", "looks around, or sets flags, which is not taken"],
  ["(?<!a)b", "looks around, or sets flags, which is not taken"],
  ["(a)\\1", "refers back to a group, which is not taken"],
  ["(?<x>a)\\k<x>", "refers back to a group, which is not taken"],
  ["\\bdb", "asks for a word's boundary, which is not taken"],
  ["(a{1000}){1000}", "is too large"],
  ["(((((((a{0,9}){9}){9}){9}){9}){9}){9}){9}", "is too large"],
  ["a{100000000}", "is too large"],
  ["(((?:){100000000}){100000000}){100000000}", null],
])("%s %s", (source, problem) => expect(problemOfPattern(source)).toBe(problem));
