import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { createModuleResolver } from "../../../../src/scan/syntax/typescript/resolve-module.ts";

/** A tree of files, those without text empty. */
function resolverOf(
  files: Readonly<Record<string, string>>,
  workspaces: Readonly<Record<string, string>> = {},
) {
  return createModuleResolver({
    exists: (path) => Object.hasOwn(files, path),
    read: (path) => files[path] ?? null,
    workspaces: () => new Map(Object.entries(workspaces)),
    goModules: () => new Map(),
  });
}

const files = (...paths: readonly string[]): Readonly<Record<string, string>> =>
  Object.fromEntries(paths.map((path) => [path, ""]));

describe("relative", () => {
  const tree = files(
    "src/names.ts",
    "src/both.js",
    "src/both.ts",
    "src/drop/index.tsx",
    "src/pool.mts",
    "src/old.js",
    "src/drop.sql",
    "src/page.vue",
    "src/v1.2.ts",
    "top.ts",
  );
  test.each([
    ["src/a.ts", "./names", "src/names.ts"],
    ["src/a.ts", "./names.ts", "src/names.ts"],
    ["src/a.ts", "./names.js", "src/names.ts"],
    ["src/a.ts", "./both.js", "src/both.ts"],
    ["src/a.js", "./both.js", "src/both.js"],
    ["src/a.ts", "./both", "src/both.ts"],
    ["src/a.ts", "./drop", "src/drop/index.tsx"],
    ["src/drop/index.tsx", "..", null],
    ["src/drop/index.tsx", "../names", "src/names.ts"],
    ["src/drop/x.ts", ".", "src/drop/index.tsx"],
    ["src/drop/x.ts", "./", "src/drop/index.tsx"],
    ["src/a.ts", "./pool.mjs", "src/pool.mts"],
    ["src/a.ts", "./old", "src/old.js"],
    ["src/a.ts", "./drop.sql?raw", "src/drop.sql"],
    ["src/a.ts", "./page.vue", "src/page.vue"],
    ["src/a.ts", "./v1.2", "src/v1.2.ts"],
    ["src/a.ts", "../top", "top.ts"],
    ["src/a.ts", "/top", "top.ts"],
    ["src/a.ts", "../../top", null],
    ["src/a.ts", "./nothing", null],
    ["src/a.ts", "names", null],
    ["src/a.ts", "node:fs", null],
    ["src/a.ts", "pg", null],
  ])("%s: %s is %p", (importer, specifier, expected) => {
    expect(resolverOf(tree)(importer, specifier)).toBe(expected);
  });
});

describe("tsconfig", () => {
  const sources = files(
    "app/src/db/names.ts",
    "app/src/index.ts",
    "shared/names.ts",
    "app/lib/names.ts",
    "app/env.ts",
  );
  const cases: readonly (readonly [
    what: string,
    configs: Record<string, string>,
    specifier: string,
    expected: string | null,
  ])[] = [
    [
      "paths",
      { "app/tsconfig.json": '{"compilerOptions": {"paths": {"@app/*": ["./src/*"]}}}' },
      "@app/db/names",
      "app/src/db/names.ts",
    ],
    [
      "paths under a base",
      { "app/tsconfig.json": '{"compilerOptions": {"baseUrl": "src", "paths": {"db": ["db/names"]}}}' },
      "db",
      "app/src/db/names.ts",
    ],
    [
      "a base alone",
      { "app/tsconfig.json": '{"compilerOptions": {"baseUrl": "./src"}}' },
      "db/names",
      "app/src/db/names.ts",
    ],
    [
      "the longest pattern",
      {
        "app/tsconfig.json":
          '{"compilerOptions": {"paths": {"*": ["lib/*"], "@/*": ["src/*"], "@/db/*": ["lib/*"]}}}',
      },
      "@/db/names",
      "app/lib/names.ts",
    ],
    [
      "an exact name before a pattern",
      { "app/tsconfig.json": '{"compilerOptions": {"paths": {"e*": ["lib/*"], "env": ["env.ts"]}}}' },
      "env",
      "app/env.ts",
    ],
    [
      "the second target",
      { "app/tsconfig.json": '{"compilerOptions": {"paths": {"@/*": ["gone/*", "lib/*"]}}}' },
      "@/names",
      "app/lib/names.ts",
    ],
    [
      "comments and commas",
      {
        "app/tsconfig.json":
          '// why\n{ /* "a": // */ "compilerOptions": { "paths": { "@x/*": ["./src/*",], /* b */ }, }, // c\n}',
      },
      "@x/db/names",
      "app/src/db/names.ts",
    ],
    [
      "what it extends",
      {
        "tsconfig.base.json": '{"compilerOptions": {"paths": {"~lib/*": ["./shared/*"]}}}',
        "app/tsconfig.json": '{"extends": "../tsconfig.base"}',
      },
      "~lib/names",
      "shared/names.ts",
    ],
    [
      "several, the last of which decides",
      {
        "a.json": '{"compilerOptions": {"paths": {"x": ["app/env.ts"]}}}',
        "b.json": '{"compilerOptions": {"paths": {"x": ["app/lib/names.ts"]}}}',
        "app/tsconfig.json": '{"extends": ["../a.json", "../b.json", "@tsconfig/node20"]}',
      },
      "x",
      "app/lib/names.ts",
    ],
    [
      "one that extends itself",
      { "app/tsconfig.json": '{"extends": "./tsconfig.json", "compilerOptions": {"paths": {"x": ["env"]}}}' },
      "x",
      "app/env.ts",
    ],
    [
      "the folder of the file that is read",
      {
        "base.json": '{"compilerOptions": {"paths": {"x/*": ["${configDir}/src/*"]}}}',
        "app/tsconfig.json": '{"extends": "../base.json"}',
      },
      "x/db/names",
      "app/src/db/names.ts",
    ],
    [
      "references",
      {
        "app/tsconfig.json": '{"files": [], "references": [{"path": "./tsconfig.app.json"}]}',
        "app/tsconfig.app.json": '{"compilerOptions": {"paths": {"@/*": ["./lib/*"]}}}',
      },
      "@/names",
      "app/lib/names.ts",
    ],
    [
      "the nearest",
      {
        "tsconfig.json": '{"compilerOptions": {"paths": {"@app/*": ["./shared/*"]}}}',
        "app/tsconfig.json": '{"compilerOptions": {"paths": {"@app/*": ["./lib/*"]}}}',
      },
      "@app/names",
      "app/lib/names.ts",
    ],
    [
      "one further up",
      { "tsconfig.json": '{"compilerOptions": {"paths": {"@app/*": ["./shared/*"]}}}' },
      "@app/names",
      "shared/names.ts",
    ],
    [
      "a jsconfig",
      { "app/jsconfig.json": '{"compilerOptions": {"paths": {"@app/*": ["./lib/*"]}}}' },
      "@app/names",
      "app/lib/names.ts",
    ],
    ["no configuration, by habit", {}, "@/db/names", "app/src/db/names.ts"],
    ["what is no configuration", { "app/tsconfig.json": "[1" }, "@x/names", null],
    [
      "values of other types",
      {
        "app/tsconfig.json":
          '{"extends": 1, "references": {}, "compilerOptions": {"baseUrl": [], "paths": {"x": "y"}}}',
      },
      "x",
      null,
    ],
  ];
  test.each(cases)("%s", (_, configs, specifier, expected) => {
    expect(resolverOf({ ...sources, ...configs })("app/src/index.ts", specifier)).toBe(expected);
  });
});

describe("packages of the tree", () => {
  const workspaces = { "@shop/db": "packages/db", tools: "tools" };
  const sources = files(
    "packages/db/src/index.ts",
    "packages/db/src/drop.ts",
    "packages/db/lib/names.ts",
    "tools/index.js",
    "app/a.ts",
  );
  test.each([
    ["its index", "{}", "@shop/db", "packages/db/src/index.ts"],
    ["what its main is built from", '{"main": "dist/drop.js"}', "@shop/db", "packages/db/src/drop.ts"],
    [
      "its source",
      '{"source": "lib/names.ts", "main": "dist/index.js"}',
      "@shop/db",
      "packages/db/lib/names.ts",
    ],
    [
      "exports by condition",
      '{"exports": {"import": {"types": "./dist/drop.d.ts", "default": "./dist/drop.mjs"}}}',
      "@shop/db",
      "packages/db/src/drop.ts",
    ],
    [
      "exports by subpath",
      '{"exports": {".": "./src/index.ts", "./names": "./lib/names.ts"}}',
      "@shop/db/names",
      "packages/db/lib/names.ts",
    ],
    ["exports by pattern", '{"exports": {"./*": "./src/*.ts"}}', "@shop/db/drop", "packages/db/src/drop.ts"],
    ["a path in it", "{}", "@shop/db/lib/names", "packages/db/lib/names.ts"],
    ["a path in its src", "{}", "@shop/db/drop", "packages/db/src/drop.ts"],
    ["another package", "{}", "tools", "tools/index.js"],
    ["none of the tree", "{}", "@shop/other", null],
    ["what it does not have", "{}", "@shop/db/gone", null],
  ])("%s", (_, manifest, specifier, expected) => {
    const tree = { ...sources, "packages/db/package.json": manifest };
    expect(resolverOf(tree, workspaces)("app/a.ts", specifier)).toBe(expected);
  });

  test("names that only a package itself may import", () => {
    const tree = {
      ...sources,
      "packages/db/package.json": '{"imports": {"#lib/*": {"default": "./lib/*.ts"}}}',
    };
    const resolve = resolverOf(tree, workspaces);
    expect(resolve("packages/db/src/index.ts", "#lib/names")).toBe("packages/db/lib/names.ts");
    expect(resolve("app/a.ts", "#lib/names")).toBeNull();
  });
});

test("whatever a module is called, an answer is a file of the tree", () => {
  const tree = {
    ...files("a.ts", "src/b.ts"),
    "tsconfig.json": '{"compilerOptions": {"paths": {"*": ["src/*", "*"]}}}',
  };
  const resolve = resolverOf(tree, { a: "." });
  const name = fc.oneof(fc.string(), fc.stringMatching(/^[@~#./ab*$]{0,12}$/));
  fc.assert(
    fc.property(name, name, (importer, specifier) => {
      const found = resolve(importer, specifier);
      expect(found === null || Object.hasOwn(tree, found)).toBe(true);
    }),
  );
});
