import { expect, test } from "bun:test";
import { admin, found, standard } from "./wire-judged.ts";

const asAdmin = (sql: string): readonly string[] => found(sql, standard, admin);

test("what pg_catalog has that harms is not known by its full name either", () => {
  for (const call of ["pg_reload_conf()", "pg_catalog.pg_reload_conf()", "pg_catalog.pg_promote()"])
    expect(asAdmin(`select ${call}`)).toEqual(["opaque"]);
  expect(asAdmin("select pg_catalog.lower('X'), lower('X')")).toEqual([]);
  expect(found("select pg_catalog.lower('X')")).toEqual([]);
});

test("a function that takes the name of one that is known is opaque to an admin's session, however it comes by it", () => {
  for (const sql of [
    "create function lower(int) returns int language sql as 'select 1'",
    "create or replace function public.Lower(int) returns int language sql return 1",
    "create aggregate count(int, int) (sfunc = int4pl, stype = int)",
    "alter function mine(int) rename to lower",
    "alter function elsewhere.lower(int) set schema public",
    "create procedure upper() language sql begin atomic end",
  ])
    expect([sql, asAdmin(sql).includes("opaque")]).toEqual([sql, true]);
  for (const sql of [
    "create function mine(int) returns int language sql as 'select 1'",
    "alter function mine(int) rename to yours",
    "alter table lower rename to upper",
  ])
    expect([sql, asAdmin(sql)]).toEqual([sql, []]);
  expect(found("create function lower(int) returns int language sql as 'select 1'")).toEqual([]);
});
