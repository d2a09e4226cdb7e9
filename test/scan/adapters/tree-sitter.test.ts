import { afterAll, beforeAll, expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { grammarNames, openParsers } from "../../../src/scan/adapters/tree-sitter.ts";
import type { GrammarName } from "../../../src/scan/adapters/tree-sitter.ts";

const root = join(import.meta.dirname, "../../..");
const sources: Record<GrammarName, string> = {
  go: 'package a\n\nvar q = "DROP DATABASE é" // 𝒳\nvar x = 1\n',
  python: 'q = "DROP DATABASE"\n',
  java: 'class A { String q = "DROP DATABASE"; }\n',
  ruby: 'q = "DROP DATABASE"\n',
  php: '<?php $q = "DROP DATABASE";\n',
  rust: 'const Q: &str = "DROP DATABASE";\n',
  bash: 'psql -c "DROP DATABASE a"\n',
  csharp: 'class A { string q = "DROP DATABASE"; }\n',
};

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "custody-grammars-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test.each(grammarNames)("%s is parsed", async (language) => {
  const parsers = openParsers();
  await parsers.load(language);
  const tree = parsers.parse(language, sources[language]);
  expect(tree?.rootNode.hasError).toBe(false);
  tree?.delete();
});

test("offsets are UTF-16 code units", async () => {
  const parsers = openParsers();
  await parsers.load("go");
  const tree = parsers.parse("go", sources.go);
  expect(tree?.rootNode.lastNamedChild?.startIndex).toBe(sources.go.indexOf("var x"));
});

test("a language that was not loaded is a bug", () => {
  expect(() => openParsers().parse("go", "")).toThrow("the grammar of go was not loaded");
});

test("what takes more than a second is given up, and the next file is parsed from its start", async () => {
  const parsers = openParsers();
  await parsers.load("go");
  const started = performance.now();
  const tree = parsers.parse("go", `package a\nvar x = ${"[]f(".repeat(3_000_000)}`);
  expect(performance.now() - started).toBeLessThan(3000);
  expect(tree).toBeNull();
  expect(parsers.parse("go", sources.go)?.rootNode.hasError).toBe(false);
});

test("where a grammar's scanner breaks off, nothing is given, and the next file is parsed as ever", async () => {
  const parsers = openParsers();
  await parsers.load("ruby");
  // A quote that never ends, taken for a tag longer than a byte can say.
  for (let times = 0; times < 1000; times++) {
    expect(parsers.parse("ruby", `list <<'${"never closed ".repeat(20)}`)).toBeNull();
  }
  const tree = parsers.parse("ruby", sources.ruby);
  expect(tree?.rootNode.hasError).toBe(false);
  tree?.delete();
});

test("a compiled program loads every grammar where nothing else lies", () => {
  const program = join(folder, "program.ts");
  const outfile = join(folder, "program");
  const empty = join(folder, "empty");
  mkdirSync(empty);
  const adapter = JSON.stringify(join(root, "src/scan/adapters/tree-sitter.ts"));
  writeFileSync(
    program,
    `import { grammarNames, openParsers } from ${adapter};
const parsers = openParsers();
for (const name of grammarNames) {
  await parsers.load(name);
  console.log(name, parsers.parse(name, "a").rootNode.type);
}
`,
  );
  const build = `const result = await Bun.build({ entrypoints: [${JSON.stringify(program)}], splitting: true, format: "esm", bytecode: true,
minify: { whitespace: true, syntax: true }, compile: { outfile: ${JSON.stringify(outfile)} } }); if (!result.success) throw result.logs;`;
  expect(spawnSync(process.execPath, ["-e", build], { cwd: folder, encoding: "utf8" })).toMatchObject({
    status: 0,
  });
  const ran = spawnSync(outfile, [], { cwd: empty, encoding: "utf8", env: {} });
  expect(ran).toMatchObject({ status: 0, stderr: "" });
  expect(ran.stdout.split("\n")).toHaveLength(grammarNames.length + 1);
}, 60_000);
