import { expect, test } from "bun:test";
import type { ExampleFiles } from "../../../src/scan/rules/rule.ts";
import { scanMarked } from "../../support/marked-sources.ts";

const namesTs = 'export const DROP = "DROP DATABASE ";\n';
const runTs = (imports: string, value = "DROP"): string =>
  `${imports}\nexport async function go(pool, name) {\n  await pool.query(${value} + name); // @finds database\n}\n`;

/** Constants of other files. A line that bears no mark must not be found. */
const trees: readonly (readonly [what: string, files: ExampleFiles])[] = [
  [
    "TypeScript: through a barrel, under another name",
    {
      "db/index.ts": 'export { DROP as VERB } from "./names";\n',
      "db/names.ts": namesTs,
      "run.ts": runTs('import { VERB } from "./db";', "VERB"),
    },
  ],
  [
    "TypeScript: a namespace",
    {
      "db/index.ts": 'export * from "./names";\n',
      "db/names.ts": namesTs,
      "run.ts": runTs('import * as db from "./db";', "db.DROP"),
    },
  ],
  [
    "TypeScript: a class's, by another name",
    {
      "names.ts": 'export class Names { static readonly DROP = "DROP DATABASE "; }\n',
      "run.ts": runTs('import { Names as N } from "./names";', "N.DROP"),
    },
  ],
  [
    "TypeScript: an object's, through a barrel",
    {
      "db/names.ts": 'export const SQL = { drop: "DROP DATABASE " } as const;\n',
      "db/index.ts": 'export { SQL as statements } from "./names";\n',
      "run.ts": runTs('import { statements } from "./db";', "statements.drop"),
    },
  ],
  [
    "TypeScript: an enum's member",
    {
      "names.ts": 'export enum Verb { Drop = "DROP DATABASE " }\n',
      "run.ts": runTs('import { Verb } from "@/names";', "Verb.Drop"),
    },
  ],
  [
    "TypeScript: a default object",
    {
      "names.ts": 'export default { drop: "DROP DATABASE " };\n',
      "run.ts": runTs('import names from "./names";', "names.drop"),
    },
  ],
  [
    "TypeScript: the right one of two files of one name",
    {
      "tsconfig.json": '{ "compilerOptions": { "paths": { "@shop/*": ["./shop/*"] } } }',
      "shop/names.ts": 'export const SHOW = "SELECT ";\n',
      "bar/names.ts": 'export const SHOW = "DROP DATABASE ";\n',
      "run.ts":
        'import { SHOW } from "@shop/names";\nexport const go = (pool, name) => pool.query(SHOW + name);\n',
      "bar/run.ts": runTs('import { SHOW } from "./names";', "SHOW"),
    },
  ],
  [
    "TypeScript: the values of an object of another file",
    {
      "names.ts": 'export const SQL = { drop: "DROP DATABASE a", list: "SELECT 1" };\n',
      "run.ts":
        'import { SQL } from "./names";\nexport async function go(pool) {\n  for (const text of Object.values(SQL)) await pool.query(text); // @finds database\n}\n',
    },
  ],
  [
    "TypeScript: the pairs of an object",
    {
      "names.ts": 'export const SQL = { drop: "DROP DATABASE a", list: "SELECT 1" };\n',
      "run.ts":
        'import { SQL } from "./names";\nexport async function go(pool) {\n  for (const [name, text] of Object.entries(SQL)) await pool.query(text); // @finds database\n}\n',
    },
  ],
  [
    "TypeScript: the keys of an object",
    {
      "names.ts": 'export const SQL = { "DROP DATABASE a": 1, "SELECT 1": 2 };\n',
      "run.ts":
        'import { SQL } from "./names";\nexport async function go(pool) {\n  for (const text of Object.keys(SQL)) await pool.query(text); // @finds database\n}\n',
    },
  ],
  [
    "TypeScript: pairs that a callback is given",
    {
      "run.ts":
        'const SQL = { drop: "DROP DATABASE a", list: "SELECT 1" };\nexport const go = (pool) =>\n  Promise.all(Object.entries(SQL).map(([name, text]) => pool.query(text))); // @finds database\n',
    },
  ],
  [
    "TypeScript: the values of pairs, not their keys",
    {
      "run.ts":
        'const SQL = { "DROP DATABASE a": "SELECT 1" };\nexport async function go(pool) {\n  for (const [name, sql] of Object.entries(SQL)) {\n    console.log(name);\n    await pool.query(sql);\n  }\n}\n',
    },
  ],
  [
    "TypeScript: parts that are pushed and joined",
    {
      "run.ts":
        'export async function go(pool, name) {\n  const parts = [];\n  parts.push("DROP DATABASE");\n  if (name.isOld) parts.push("IF EXISTS");\n  parts.push(name);\n  await pool.query(parts.join(" ")); // @finds database\n}\n',
    },
  ],
  [
    "TypeScript: a list that begins with a part",
    {
      "run.ts":
        'export async function go(pool, name) {\n  const parts: string[] = ["DROP"];\n  parts.push("DATABASE", name);\n  await pool.query(parts.join(" ")); // @finds database\n}\n',
    },
  ],
  [
    "JavaScript: spread into the exports",
    {
      "db/index.js": 'module.exports = { ...require("./names") };\n',
      "db/names.js": 'exports.DROP = "DROP DATABASE ";\n',
      "run.js": runTs('const db = require("./db");', "db.DROP").replace("export ", ""),
    },
  ],
  [
    "TypeScript: a field of a class of another file that is extended",
    {
      "a.ts": 'export class A { protected drop = "DROP DATABASE "; }\n',
      "b.ts":
        'import { A } from "./a";\nexport class B extends A {\n  go(pool, name) { return pool.query(this.drop + name); } // @finds database\n}\n',
    },
  ],
];

test.each(trees.map((each) => [...each] as const))("%s", async (_, files) => {
  const { found, expected } = await scanMarked(files);
  expect(found).toEqual(expected);
});
