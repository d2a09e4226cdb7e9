import { expect, test } from "bun:test";
import { readRuby } from "../../../../src/scan/syntax/ruby/read-ruby.ts";
import { readerOf } from "../read-source.ts";
import { showFile } from "../show-syntax.ts";

const { read } = await readerOf("ruby", readRuby);

test.each([
  ["a(<<X, <<Y)\n1\nX\n2\nY\n", 'a("1\\n", "2\\n")'],
  ["a(<<X, <<X)\n1\nX\n2\nX\n", 'a("1\\n", "2\\n")'],
  ["a(<<~X, b(<<~Y),\n  1\nX\n  2\nY\n  c)\n", 'a("1\\n", b("2\\n"), c())'],
  ["a <<-X\n\tt\n\tX\n", 'a("\\tt\\n")'],
  ["a <<~X\nX\n", 'a("")'],
  ["a <<~X\n    1\n  #{B}\nX\n", 'a(join("  1\\n", B, "\\n"))'],
])("%p", (source, expected) => {
  expect(showFile(read(source))).toBe(expected);
});
