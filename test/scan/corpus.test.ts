import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { extname, join } from "node:path";
import { scannedByDefault } from "../../src/destruction/kinds.ts";
import { readCorpus } from "../support/scan-corpus.ts";

const cases = readCorpus();

test("every place of the corpus is a line of a file, named once", () => {
  for (const { name, folder, destructions, lookalikes } of cases) {
    const lines = new Map<string, readonly string[]>();
    const named = new Set<string>();
    const others = destructions.flatMap(({ path, also = [] }) => also.map((line) => ({ path, line })));
    for (const { path, line } of [...destructions, ...others, ...lookalikes]) {
      const text = lines.get(path) ?? readFileSync(join(folder, path), "utf8").split("\n");
      lines.set(path, text);
      expect(text[line - 1]?.trim(), `${name}/${path}:${line}`).toBeTruthy();
    }
    for (const { path, line, kind } of destructions) {
      const key = `${path}:${line} ${kind}`;
      expect(named.has(key), `${name}/${key}`).toBe(false);
      named.add(key);
    }
  }
});

test("every kind that counts by default is in the corpus", () => {
  const kinds = new Set(cases.flatMap((each) => each.destructions.map(({ kind }) => kind)));
  expect([...scannedByDefault].filter((kind) => !kinds.has(kind))).toEqual([]);
  expect([...kinds].filter((kind) => !scannedByDefault.has(kind))).toEqual([]);
});

test("every language has real forms and look-alikes", () => {
  const languages = [
    ".ts",
    ".js",
    ".go",
    ".py",
    ".java",
    ".rb",
    ".php",
    ".rs",
    ".cs",
    ".sh",
    ".sql",
    ".tf",
    ".yml",
    ".yaml",
    ".json",
  ];
  for (const extension of languages) {
    const real = cases.flatMap((each) => each.destructions).filter(({ path }) => extname(path) === extension);
    const alike = cases.flatMap((each) => each.lookalikes).filter(({ path }) => extname(path) === extension);
    expect({ extension, real: real.length > 0, alike: alike.length > 0 }).toEqual({
      extension,
      real: true,
      alike: true,
    });
  }
  expect(cases.flatMap((each) => each.destructions).length).toBeGreaterThanOrEqual(120);
  expect(cases.flatMap((each) => each.lookalikes).length).toBeGreaterThanOrEqual(120);
});
