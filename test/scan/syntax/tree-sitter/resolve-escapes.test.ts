import { expect, test } from "bun:test";
import { meaningOf, resolveEscapes } from "../../../../src/scan/syntax/tree-sitter/resolve-escapes.ts";

test.each([
  ["\\n", "\n"],
  ["\\t", "\t"],
  ["\\e", "\u001b"],
  ["\\s", " "],
  ["\\x41", "A"],
  ["\\u00e9", "é"],
  ["\\u{1f600}", "😀"],
  ["\\u{1_f600}", "😀"],
  ["\\U0001f600", "😀"],
  ["\\x{1f600}", "😀"],
  ["\\101", "A"],
  ["\\0", "\0"],
  ['\\"', '"'],
  ["\\\\", "\\"],
  ["\\\n", ""],
  ["\\\r\n   ", ""],
  ["\\q", "q"],
])("%j stands for %j", (escape, meaning) => {
  expect(meaningOf(escape)).toBe(meaning);
});

test("a code that is no character stays as it was written", () => {
  expect(meaningOf("\\Uffffffff")).toBe("\\Uffffffff");
});

test("only what the language takes for an escape is one", () => {
  expect(resolveEscapes(String.raw`a\nb\d\\n`, /\\[n\\]/g)).toBe(String.raw`a${"\n"}b\d\n`);
  expect(resolveEscapes("plain", /\\./g)).toBe("plain");
});
