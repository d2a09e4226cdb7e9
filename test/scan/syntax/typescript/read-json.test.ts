import { expect, test } from "bun:test";
import fc from "fast-check";
import { readJson } from "../../../../src/scan/syntax/typescript/read-json.ts";

test.each([
  ['{"a": 1}', { a: 1 }],
  [
    '\uFEFF// x\n{"a": [1, 2,], /* y */ "b": "// no \\" /* comment */", // z\n}\n/* open',
    { a: [1, 2], b: '// no " /* comment */' },
  ],
  ["[1, /* , ] */ // ]\n ]", [1]],
  ['[",]", ",}" ]', [",]", ",}"]],
  ["{", null],
  ["", null],
  ["[1,,]", null],
] as const)("%j", (text, expected) => {
  expect(readJson(text)).toEqual(expected as unknown);
});

test("JSON is what it is", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = JSON.stringify(value);
      expect(readJson(text)).toEqual(JSON.parse(text));
    }),
  );
});

test("many comments after a comma take no longer than they are long", () => {
  expect(readJson(`[1, ${"/* a */ // b\n".repeat(20_000)} 2]`)).toEqual([1, 2]);
});
