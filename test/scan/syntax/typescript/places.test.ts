import { describe, expect, test } from "bun:test";
import { expressionsOf } from "../../../support/expressions-of.ts";
import { read } from "./collect.ts";

describe("offsets", () => {
  const source = [
    "// a first line, ünïcödé 🎈",
    "export class Names {",
    "  /* why */ async drop(client /* which */) {",
    "    await client . query /* x */ (`DROP ${ name } now`, 'b');",
    "    const remove = () => sql.raw`c`;",
    "    return a + /* y */ b [ 'k' ];",
    "  }",
    "}",
  ].join("\n");
  const syntax = read(source);
  const expressions = [...expressionsOf(syntax)];
  const from = (at: number): string => source.slice(at, at + 6);

  test("of a function is where its name stands; of one that is bound, the name's", () => {
    expect(syntax.functions.map(({ at, end }) => [from(at), source.slice(end - 3, end)])).toEqual([
      ["// a f", "\n}"].map((text, index) => (index === 1 ? source.slice(-3) : text)) as [string, string],
      ["drop(c", "\n  }".slice(-3)],
      ["remove", "`c`"],
    ]);
  });

  test("of a type is where its name stands", () => {
    expect(syntax.types.map(({ at }) => from(at))).toEqual(["Names "]);
  });

  test("of a text is its quote: its content begins one after", () => {
    const texts = expressions.filter((each) => each.is === "text");
    expect(texts.map(({ text, at }) => [text, source.slice(at + 1, at + 1 + text.length)])).toEqual(
      ["DROP ", " now", "b", "k", "c"].map((text) => [text, text]),
    );
  });

  test("of a call is the last name of what is called", () => {
    const calls = expressions.filter((each) => each.is === "call");
    expect(calls.map(({ at, end }) => [from(at), source[end - 1]])).toEqual([
      ["query ", ")"],
      ["raw`c`", "`"],
    ]);
  });

  test("of a member is its name, of names and sums where they begin", () => {
    const rest = expressions.filter((each) => ["name", "member", "join", "index"].includes(each.is));
    expect(rest.map(({ is, at }) => `${is} ${from(at)}`)).toEqual([
      "member query ",
      "name client",
      "join `DROP ",
      "name name }",
      "join a + /*",
      "name a + /*",
      "index b [ 'k",
      "name b [ 'k",
      "member raw`c`",
      "name sql.ra",
    ]);
  });
});

describe("comments", () => {
  test.each([
    ["// custody-allow: a until 2027-01-31\nf();", ["// custody-allow: a until 2027-01-31"]],
    ["f(); // custody-allow: a\n", ["// custody-allow: a"]],
    ["f(/* custody-allow: a */);", ["/* custody-allow: a */"]],
    ["function f() {\n  // custody-allow: a\n}", ["// custody-allow: a"]],
    [
      "f('x', // custody-allow: a\n 'y' /* custody-allow: b */);",
      ["// custody-allow: a", "/* custody-allow: b */"],
    ],
    ["const a = <p>{/* custody-allow: a */}</p>;", ["/* custody-allow: a */"]],
    ["#!/usr/bin/env node\n// custody-allow: a", ["// custody-allow: a"]],
    [
      "/**\n * custody-allow: a, custody-allow: b\n */\nclass A {}",
      ["/**\n * custody-allow: a, custody-allow: b\n */"],
    ],
    ["`x ${ /* custody-allow: a */ b} // custody-allow`", ["/* custody-allow: a */"]],
    ["f('custody-allow', `custody-allow`, /custody-allow/, custody-allow);", []],
    ["<p>// custody-allow</p>;", []],
    ["// another comment\nf();", []],
  ] as const)("%j", (source, expected) => {
    const { comments } = read(source, "a.tsx");
    expect(comments.map(({ text }) => text)).toEqual([...expected]);
    for (const { text, at } of comments) expect(source.slice(at).startsWith(text)).toBe(true);
  });
});

describe("what cannot be read", () => {
  test.each([
    ["const = 1;", "a.ts", true],
    ["f(", "a.js", true],
    ["const a: string = b as any; enum C {}", "a.js", false],
    ["const a = <p>b</p>;", "a.js", false],
    ["const a = <any>b;", "a.ts", false],
    ["with (a) { b = 010; }", "a.js", false],
    ["return 1; await x;", "a.cjs", false],
    ["type A = {| b: string |};", "a.js", true],
    ['<?xml version="1.0"?>\n<!DOCTYPE TS><TS></TS>', "shop_de.ts", false],
    ["(".repeat(200_000), "a.ts", true],
  ] as const)("%p in %s: %p", (source, path, isWrong) => {
    expect(read(source, path).errors.length > 0).toBe(isWrong);
  });

  test("what stands before and after an error is read", () => {
    const { functions, errors } = read("f('a');\nconst = ;\ng('b');");
    expect(functions[0]?.body.map(({ do: what }) => what)).toContain("run");
    expect(errors.length).toBeGreaterThan(0);
  });
});

describe("languages", () => {
  test.each([
    ["a.ts", "typescript"],
    ["a.tsx", "typescript"],
    ["a.MTS", "typescript"],
    ["a.cts", "typescript"],
    ["a.js", "javascript"],
    ["a.jsx", "javascript"],
    ["a.mjs", "javascript"],
    ["a.cjs", "javascript"],
    ["bin/a", "javascript"],
  ] as const)("%s is %s", (path, language) => {
    expect(read("f();", path).language).toBe(language);
  });

  test("the scripts of a component, where they stand", () => {
    const source = [
      "<template>",
      "  <p @click=\"drop('no')\">it's `no script`</p>",
      "</template>",
      "<script>",
      "import { drop } from './names';",
      "</script>",
      '<script setup lang="ts">',
      "const remove = async (name: string) => await drop('DROP ' + name);",
      "</script>",
      '<script type="application/json">{"drop": "no"}</script>',
      "<style>p { color: red }</style>",
    ].join("\n");
    const { language, imports, functions, errors } = read(source, "src/Names.vue");
    expect({ language, imports, errors }).toEqual({
      language: "typescript",
      imports: [{ local: "drop", module: "./names", exported: "drop" }],
      errors: [],
    });
    expect(functions.slice(1).map(({ at, end }) => source.slice(at, end))).toEqual([
      "remove = async (name: string) => await drop('DROP ' + name)",
    ]);
  });
});
