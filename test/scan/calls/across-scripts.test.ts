import { describe, expect, test } from "bun:test";
import type { ExampleFiles } from "../../../src/scan/rules/rule.ts";
import { tellCalls } from "../../support/tell-calls.ts";

const wipeTs = 'export async function wipe(pool: Pool) {\n  await pool.query("DROP DATABASE a");\n}\n';
const wipeJs = 'async function wipe(pool) {\n  await pool.query("DROP DATABASE a");\n}\n';
const go = (imports: string, call = "wipe(pool)"): string =>
  `${imports}\nexport async function go(pool) {\n  await ${call};\n}\n`;

/** Trees in which `go` runs `wipe`, which is declared in another file. */
const trees: readonly (readonly [what: string, files: ExampleFiles])[] = [
  [
    "TypeScript: a relative path",
    { "a/go.ts": go('import { wipe } from "../drops.js";'), "drops.ts": wipeTs },
  ],
  [
    "TypeScript: another name",
    { "go.ts": go('import { wipe as w } from "./drops";', "w(pool)"), "drops.ts": wipeTs },
  ],
  [
    "TypeScript: a folder's index gives all on",
    {
      "go.ts": go('import { wipe } from "./db";'),
      "db/index.ts": 'export * from "./drops";\n',
      "db/drops.ts": wipeTs,
    },
  ],
  [
    "TypeScript: given on under another name, twice",
    {
      "go.ts": go('import { gone } from "./db";', "gone(pool)"),
      "db/index.ts": 'export { removed as gone } from "./inner/index.js";\n',
      "db/inner/index.ts": 'export { wipe as removed } from "./drops";\n',
      "db/inner/drops.ts": wipeTs,
    },
  ],
  [
    "TypeScript: a default that is given on under a name",
    {
      "go.ts": go('import { f } from "./db";', "f(pool)"),
      "db/index.ts": 'export { default as f } from "./drops";\n',
      "db/drops.ts": wipeTs.replace("export", "export default"),
    },
  ],
  [
    "TypeScript: imported, and exported in another statement",
    {
      "go.ts": go('import { gone } from "./db";', "gone(pool)"),
      "db/index.ts": 'import { wipe } from "./drops";\nexport { wipe as gone };\n',
      "db/drops.ts": wipeTs,
    },
  ],
  [
    "TypeScript: bound to a constant",
    {
      "go.ts": go('import { run } from "./db";', "run(pool)"),
      "db/index.ts": 'import { wipe } from "./drops";\nexport const run = wipe;\n',
      "db/drops.ts": wipeTs,
    },
  ],
  [
    "TypeScript: a namespace, through a barrel",
    {
      "go.ts": go('import * as db from "./db";', "db.wipe(pool)"),
      "db/index.ts": 'export * from "./drops";\n',
      "db/drops.ts": wipeTs,
    },
  ],
  [
    "TypeScript: a namespace that a barrel exports",
    {
      "go.ts": go('import { drops } from "./db";', "drops.wipe(pool)"),
      "db/index.ts": 'export * as drops from "./drops";\n',
      "db/drops.ts": wipeTs,
    },
  ],
  [
    "TypeScript: an object of functions",
    {
      "go.ts": go('import { api } from "./db";', "api.wipe(pool)"),
      "db/index.ts": 'import { wipe } from "./drops";\nexport const api = { wipe };\n',
      "db/drops.ts": wipeTs,
    },
  ],
  [
    "TypeScript: a default object of functions",
    {
      "go.ts": go('import api from "./db";', "api.remove(pool)"),
      "db/index.ts": 'import { wipe } from "./drops";\nexport default { remove: wipe };\n',
      "db/drops.ts": wipeTs,
    },
  ],
  [
    "TypeScript: paths of a tsconfig, which extends another",
    {
      "tsconfig.base.json": '{ "compilerOptions": { "paths": { "@/*": ["./src/*"] } } }',
      "app/tsconfig.json": '{ "extends": "../tsconfig.base.json" }',
      "app/go.ts": go('import { wipe } from "@/lib/db";'),
      "src/lib/db.ts": wipeTs,
      // What it would be by its name alone.
      "other/lib/db.ts": wipeTs,
    },
  ],
  [
    "TypeScript: a base folder",
    {
      "tsconfig.json": '{ "compilerOptions": { "baseUrl": "src" } }',
      "src/go.ts": go('import { wipe } from "lib/db";'),
      "src/lib/db.ts": wipeTs,
    },
  ],
  [
    "TypeScript: a package of the tree, by what it exports",
    {
      "packages/db/package.json":
        '{ "name": "@acme/db", "exports": { ".": "./dist/index.js", "./drops": "./src/drops.ts" } }',
      "packages/db/src/index.ts": 'export { wipe } from "./drops.js";\n',
      "packages/db/src/drops.ts": wipeTs,
      "packages/api/go.ts": go('import { wipe } from "@acme/db";'),
    },
  ],
  [
    "TypeScript: a part of a package of the tree",
    {
      "packages/db/package.json": '{ "name": "@acme/db", "exports": { "./drops": "./src/drops.ts" } }',
      "packages/db/src/drops.ts": wipeTs,
      "packages/api/go.ts": go('import { wipe } from "@acme/db/drops";'),
    },
  ],
  [
    "TypeScript: what a package imports of itself",
    {
      "package.json": '{ "name": "shop", "imports": { "#db/*": "./src/db/*.ts" } }',
      "src/go.ts": go('import { wipe } from "#db/drops";'),
      "src/db/drops.ts": wipeTs,
    },
  ],
  [
    "JavaScript: what is required, spread into the exports",
    {
      "go.js": go('const { wipe } = require("./db");'),
      "db/index.js": 'module.exports = { ...require("./drops"), ...require("./others") };\n',
      "db/drops.js": `${wipeJs}module.exports = { wipe };\n`,
    },
  ],
  [
    "JavaScript: one by one",
    {
      "go.js": go('const db = require("./db");', "db.gone(pool)"),
      "db/index.js": 'exports.gone = require("./drops").wipe;\n',
      "db/drops.js": `${wipeJs}module.exports = { wipe };\n`,
    },
  ],
  [
    "JavaScript: all of another, and a function as a module",
    {
      "go.js": go('const gone = require("./db");', "gone(pool)"),
      "db/index.js": 'module.exports = require("./drops");\n',
      "db/drops.js": `${wipeJs}module.exports = wipe;\n`,
    },
  ],
  [
    "JavaScript: assigned to the exports",
    {
      "go.js": go('const { wipe } = require("./db");'),
      "db/index.js": 'Object.assign(exports, require("./drops"));\n',
      "db/drops.js": `${wipeJs}exports.wipe = wipe;\n`,
    },
  ],
  [
    "TypeScript: a module that is imported where it is needed",
    { "go.ts": go("", '(await import("./db")).wipe(pool)'), "db.ts": wipeTs },
  ],
  [
    "TypeScript: import = require",
    { "go.ts": go('import db = require("./db");', "db.wipe(pool)"), "db.ts": wipeTs },
  ],
  [
    "TypeScript: an object that holds all of a namespace",
    {
      "go.ts": go('import api from "./api";', "api.wipe(pool)"),
      "api.ts": 'import * as drops from "./db";\nexport default { ...drops };\n',
      "db.ts": wipeTs,
    },
  ],
  [
    "TypeScript: what is taken out of a namespace, and exported",
    {
      "go.ts": go('import { wipe } from "./api";'),
      "api.ts": 'import * as drops from "./db";\nexport const { wipe } = drops;\n',
      "db.ts": wipeTs,
    },
  ],
  [
    "TypeScript: a class's own method, by another name of the class",
    {
      "go.ts": go('import { Store as S } from "./db";', "S.wipe(pool)"),
      "db/index.ts": 'export * from "./store";\n',
      "db/store.ts":
        'export class Store {\n  static async wipe(pool: Pool) { await pool.query("DROP DATABASE a"); }\n}\n',
    },
  ],
  [
    "TypeScript: what a package is built to",
    {
      "packages/db/package.json": '{ "name": "@acme/db", "main": "dist/index.js" }',
      "packages/db/src/drops.ts": wipeTs,
      "app/go.ts": go('import { wipe } from "@acme/db/dist/drops";'),
    },
  ],
  [
    "Svelte: its library",
    { "src/routes/go.ts": go('import { wipe } from "$lib/db";'), "src/lib/db.ts": wipeTs },
  ],
];

describe("a call of what another file declares is exact", () => {
  test.each(trees.map((each) => [...each] as const))("%s", async (_, files) => {
    expect(await tellCalls(files)).toEqual(["go:entry wipe:exact"]);
  });
});

const store = 'export class Store {\n  async wipe(pool: Pool) { await pool.query("DROP DATABASE a"); }\n}\n';

describe("a method of a class of another file is told by its type", () => {
  test.each([
    [
      "another name",
      { "go.ts": go('import { Store as S } from "./store";', "new S().wipe(pool)"), "store.ts": store },
    ],
    [
      "a default",
      {
        "go.ts": go('import S from "./store";', "new S().wipe(pool)"),
        "store.ts": store.replace("export", "export default"),
      },
    ],
    [
      "a parameter",
      {
        "go.ts":
          'import { Store as S } from "./store";\nexport async function go(s: S, pool) {\n  await s.wipe(pool);\n}\n',
        "store.ts": store,
      },
    ],
    [
      "one that the file makes",
      {
        "go.ts": go('import { one } from "./db";', "one.wipe(pool)"),
        "db/index.ts": 'export { store as one } from "./store";\n',
        "db/store.ts": `${store}export const store = new Store();\n`,
      },
    ],
  ] satisfies readonly (readonly [string, ExampleFiles])[])("%s", async (_, files) => {
    expect(await tellCalls(files)).toEqual(["go:entry wipe:by-type"]);
  });
});
