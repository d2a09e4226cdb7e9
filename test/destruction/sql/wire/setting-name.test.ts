import { expect, test } from "bun:test";
import { found, judgedBytes } from "./wire-judged.ts";

const setOf = (value: string, where: string): string =>
  `SELECT set_config(name, ${value}, false) FROM ${where}`;
const own = "pg_settings WHERE name = 'restrict_nonsystem_relation_kind'";

test("what every pg_dump begins with is of the setting that it names", () => {
  for (const value of ["'view, foreign-table'", "'view'"]) {
    const { destructions, effects } = judgedBytes(Buffer.from(setOf(value, own)));
    expect([destructions, effects]).toEqual([[], []]);
  }
});

test.each([
  setOf("'dba'", own),
  setOf("$1", own),
  setOf("'view'", "pg_settings"),
  setOf("'view'", "pg_settings WHERE name = 'role'"),
  setOf("'view'", "others WHERE name = 'restrict_nonsystem_relation_kind'"),
  setOf("'view'", "pg_settings WHERE name <> 'restrict_nonsystem_relation_kind'"),
  setOf("'view'", "pg_settings, others WHERE name = 'restrict_nonsystem_relation_kind'"),
])("%s may be any setting", (text) => {
  expect(found(text)).toEqual(["opaque"]);
});
