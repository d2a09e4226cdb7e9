import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { readFile, writeFile } from "node:fs/promises";
import type { RestoredDatabase } from "../../../src/backup/restore.ts";
import { connect } from "../../../src/postgres/connect.ts";
import { freshDatabase } from "../../support/cluster.ts";
import { fill, makeArchive } from "../archive/make-archives.ts";
import { startRestoreBench } from "./restore-bench.ts";

setDefaultTimeout(60_000);

const { cluster, from, lastRestored, origin, restore } = await startRestoreBench();

describe("errors are all collected, and classified", () => {
  async function errorsOf(
    setup: string,
    kind: "custom" | "plain" = "custom",
    edit?: (text: string) => string,
  ): Promise<RestoredDatabase["errors"]> {
    await using database = await freshDatabase(origin);
    await fill(database.settings, setup);
    const path = await makeArchive(kind, { ...from, settings: database.settings });
    if (edit !== undefined) await writeFile(path, edit(await readFile(path, "utf8")));
    return (await restore(path)).errors;
  }

  const unqualified = `create schema s; create table s.rates (a int, r int); insert into s.rates values (1, 2);
    create function s.rate(int) returns int immutable language plpgsql as 'begin return (select r from rates where a = $1); end';
    set search_path = s; create table s.orders (a int, check (rate(a) is not null)); insert into s.orders values (1);
    create index by_rate on s.orders (rate(a)); create materialized view s.m as select rate(a) from s.orders;
    create table s.plain (a int); insert into s.plain values (1); create index by_rate_too on s.plain (rate(a)); create materialized view s.n as select rate(a) from s.plain;`;

  test.each(["custom", "plain"] as const)(
    "an unqualified name is blamed on the search_path (%s)",
    async (format) => {
      const errors = await errorsOf(unqualified, format);
      expect(
        errors.filter(({ class: kind }) => kind === "search-path").map(({ sqlstate }) => sqlstate),
      ).toContain("42P01");
      expect(errors.find(({ class: kind }) => kind === "search-path")?.explanation).toContain("search_path");
      expect(errors.length).toBeGreaterThanOrEqual(3);
    },
  );

  test("what needs a superuser", async () => {
    const errors = await errorsOf(
      `create function public.eq(int, int) returns boolean immutable language sql as 'select $1 operator(pg_catalog.=) $2';
       create operator public.=== (leftarg = int, rightarg = int, function = public.eq);
       create operator class public.ops for type int using hash as operator 1 public.===;
       create function public.leaky() returns int leakproof language sql as 'select 1';`,
    );
    expect(errors.map(({ class: kind, object }) => [kind, object.replace(/ \(entry.*|OWNER.*/, "")])).toEqual(
      [
        ["permission", "FUNCTION public.leaky()"],
        ["permission", "OPERATOR FAMILY public.ops"],
        ["permission", "OPERATOR CLASS public.ops"],
        ["dependent", "ALTER FUNCTION public.leaky() "],
        ["dependent", "ALTER OPERATOR FAMILY public.ops USING hash "],
        ["dependent", "ALTER OPERATOR CLASS public.ops USING hash "],
      ],
    );
  });

  test("duplicates, settings that this version does not know, missing roles and languages, what depends on a failure", async () => {
    const errors = await errorsOf(
      "create table public.a (x int); create table public.b (y int); insert into public.a values (1);",
      "plain",
      (text) =>
        text.replace(
          "SET row_security = off;",
          `SET row_security = off;
SET transaction_timeout = 0;
CREATE TABLE public.a (x int);
GRANT SELECT ON public.a TO pg_no_such_role;
CREATE FUNCTION public.f() RETURNS int LANGUAGE plnone AS 'x';
SELECT nonsense();
BEGIN;
SELECT 1/0;
SELECT 2;
ROLLBACK;`,
        ),
    );
    expect(errors.map(({ class: kind, sqlstate, isBenign }) => [kind, sqlstate, isBenign])).toEqual([
      ["unsupported-setting", "42704", true],
      ["missing-language", "42704", false],
      ["other", "42883", false],
      ["other", "22012", false],
      ["dependent", "25P02", false],
      ["duplicate", "42P07", false],
      ["missing-role", "42704", false],
    ]);
  });

  test("rows that a COPY refuses are an error of their table, and the rest goes on", async () => {
    const errors = await errorsOf(
      "create table public.a (x int); create table public.b (y int); insert into public.a values (1); insert into public.b values (2)",
      "plain",
      (text) => text.replace("\n1\n\\.", "\nnone\n\\."),
    );
    expect(errors).toMatchObject([
      { object: expect.stringContaining("TABLE DATA public.a"), sqlstate: "22P02" },
    ]);
    await using session = await connect(
      { ...cluster.settings, database: lastRestored() },
      { applicationName: "test" },
    );
    expect(await session.sql`select y from public.b`).toMatchObject([{ y: 2 }]);
  });

  test("a COPY that fails after its last row", async () => {
    const errors = await errorsOf(
      "create table public.a (x int, y int); insert into public.a values (1, 2)",
      "plain",
      (text) => text.replace("\n1\t2\n\\.", "\n1\t2\n3\n\\."),
    );
    expect(errors).toMatchObject([{ sqlstate: "22P04" }]);
  });

  test("damaged data are an error of their table", async () => {
    const path = await makeArchive("custom", from);
    const bytes = await readFile(path);
    bytes[bytes.length - 3000] = (bytes[bytes.length - 3000] ?? 0) ^ 255;
    await writeFile(path, bytes);
    expect((await restore(path)).errors.length).toBeGreaterThan(0);
  });
});
