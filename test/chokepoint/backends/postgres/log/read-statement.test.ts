import { expect, test } from "bun:test";
import { readLogged } from "../../../../../src/chokepoint/backends/postgres/log/read-statement.ts";
import { sqlParser } from "../../../../../src/postgres/parse-sql.ts";

const parse = await sqlParser();
const read = (message: string, detail = ""): readonly string[] =>
  readLogged(message, detail, parse).map(({ part, name, renamedTo }) =>
    renamedTo === null ? `${part} ${name}` : `${part} ${name} > ${renamedTo}`,
  );

test("names as the server reads them: folded, unquoted, cut to 63 bytes between two characters", () => {
  expect(read("statement: DROP/**/DATABASE IF EXISTS Shop WITH (FORCE);")).toEqual(["database shop"]);
  expect(read('statement: drop database "a""b\nc%sd"')).toEqual(['database a"b\nc%sd']);
  expect(read('statement: drop role U&"\\0061b", "C"')).toEqual(["role ab", "role C"]);
  expect(read(`statement: drop user "x${"ä".repeat(40)}"`)).toEqual([`role x${"ä".repeat(31)}`]);
  expect(read("statement: alter database a rename to b")).toEqual(["database a > b"]);
  expect(read('statement: alter group "A" rename to "B"')).toEqual(["role A > B"]);
});

test("each statement of a text; what stands in strings, comments and other objects' names is none", () => {
  expect(read("statement: drop role a; select 1; drop database b")).toEqual(["role a", "database b"]);
  for (const text of [
    "comment on database a is 'b: drop database c'",
    "create table t () -- x: drop database c",
    "drop user mapping for a server b",
    "drop table a",
    "alter table a rename to b",
    "select 'drop database c'",
  ])
    expect(read(`statement: ${text}`)).toEqual([]);
});

test("what a prepared statement ran; its own name hides nothing", () => {
  expect(read("execute <unnamed>: drop database a")).toEqual(["database a"]);
  expect(read("execute S_1/C_2: drop database a")).toEqual(["database a"]);
  expect(read("execute a: select 1 --: drop role b")).toContain("role b");
  expect(read("statement: execute p", "prepare: drop role c")).toEqual(["role c"]);
  expect(read("statement: execute p('x: drop role d')", "prepare: prepare p as select 1")).toEqual([]);
  // In another language of the server's.
  expect(read("Anweisung: drop role e")).toEqual(["role e"]);
});

test("what is too long for the grammar, or not all in it, hides nothing", () => {
  expect(read(`statement: drop role a /* ${"x".repeat(1 << 20)} */`)).toEqual(["role a"]);
  expect(read(`statement: insert into t values ('${"x".repeat(1 << 20)}'); drop database b`)).toEqual([
    "database b",
  ]);
  expect(read("statement: create table t () with oids; drop role c; select 'drop role d")).toEqual([
    "role c",
  ]);
});

test("a password is in none of it", () => {
  expect(readLogged("statement: create role a password 'geheim'; drop role b", "", parse)).toEqual([
    { part: "role", name: "b", renamedTo: null },
  ]);
});
