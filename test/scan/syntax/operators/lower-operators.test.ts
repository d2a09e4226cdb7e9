import { describe, expect, test } from "bun:test";
import { readCsharp } from "../../../../src/scan/syntax/csharp/read-csharp.ts";
import { readJava } from "../../../../src/scan/syntax/java/read-java.ts";
import { readPhp } from "../../../../src/scan/syntax/php/read-php.ts";
import { readRuby } from "../../../../src/scan/syntax/ruby/read-ruby.ts";
import { expressionsOf } from "../../../support/expressions-of.ts";
import { readerOf } from "../read-source.ts";
import { showFile } from "../show-syntax.ts";

const ruby = await readerOf("ruby", readRuby);
const readers = [
  {
    name: "java",
    reader: await readerOf("java", readJava),
    wrap: (x: string) => `class A { String a = ${x}; }`,
    plus: "+",
  },
  {
    name: "csharp",
    reader: await readerOf("csharp", readCsharp),
    wrap: (x: string) => `var a = ${x};`,
    plus: "+",
  },
  { name: "php", reader: await readerOf("php", readPhp), wrap: (x: string) => `<?php $a = ${x};`, plus: "." },
  { name: "ruby", reader: ruby, wrap: (x: string) => `a = ${x}`, plus: "+" },
];

test.each([
  ['A + "b" + C', 'join(A, "b", C)'],
  ['A + "b" == C + D', 'compare(join(A, "b"), join(C, D))'],
  ['A - B + "c" + D', 'join(other(A, B), "c", D)'],
  ['"a %s" % B + "c"', 'join(printf("a %s", B), "c")'],
  ['"a %s" % B % C', 'printf(printf("a %s", B), C)'],
  ["A << B << C + D", "A.<<(B).<<(join(C, D))"],
  ["A || B || C && D", "choice(A, B, choice(C, D))"],
])("%s", (source, expected) => {
  expect(showFile(ruby.read(`x = ${source}`))).toBe(`x = ${expected}`);
});

describe.each(readers)("$name", ({ reader, wrap, plus }) => {
  test("a chain of thousands of links is one expression", () => {
    const file = reader.read(wrap(`${`"x" ${plus} `.repeat(20_000)}"y"`));
    expect(file.errors).toEqual([]);
    const [statement] = file.functions[0]?.body ?? [];
    expect(statement?.value.is === "join" && statement.value.parts.length).toBe(20_001);
  });

  test("one that changes its mind without end nests no deeper than recursion can follow", () => {
    const file = reader.read(wrap(`${`"x" ${plus} "y" - `.repeat(3000)}"z"`));
    expect([...expressionsOf(file)].filter(({ is }) => is === "text")).toHaveLength(6001);
  });

  test("nesting without end is refused, and said", () => {
    const file = reader.read(wrap(`${"f(".repeat(20_000)}1${")".repeat(20_000)}`));
    expect(file.errors).not.toEqual([]);
  });
});
