import { describe, expect, test } from "bun:test";
import { hole } from "../../../src/destruction/destruction.ts";
import { judgeSql } from "../../../src/destruction/sql/judge-sql.ts";
import { sqlParser } from "../../../src/postgres/parse-sql.ts";

const parse = await sqlParser();

/** What is found, in one line each: kind, names, and how sure it is; `§` stands for a hole. */
function judged(sql: string): readonly string[] {
  const found = judgeSql(sql.replaceAll("§", hole), parse);
  return found.map(({ kind, names, certainty }) => `${kind} ${names.join(",")} ${certainty}`);
}

const destroys: readonly (readonly [sql: string, ...found: string[]])[] = [
  ["DROP DATABASE §", "database … certain"],
  ["drop database if exists db_§ with (force)", "database db_… certain"],
];

describe("what destroys", () => {
  test.each(destroys)("%s", (sql, ...found) => {
    expect(judged(sql)).toEqual(found);
  });
});
