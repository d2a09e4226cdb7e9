import { expect, setDefaultTimeout, test } from "bun:test";
import type { RestoredDatabase } from "../../../src/backup/restore.ts";
import { connect } from "../../../src/postgres/connect.ts";
import { freshDatabase } from "../../support/cluster.ts";
import { fill, makeArchive } from "../archive/make-archives.ts";
import { startRestoreBench } from "./restore-bench.ts";

setDefaultTimeout(60_000);

const { from, origin, restore } = await startRestoreBench();

/**
 * A race that is lost every time: functions that fail when they are first called, and never again. A sequence counts the calls,
 * since no rollback takes that back; its value stays out of the dump, so that it begins anew. They fail one after another:
 * jobs that write at once tear each other's words.
 */
const flaky = `
  create schema app; create sequence app.first_index; create sequence app.first_rows; create sequence app.first_seen;
  create function app.flaky(counter text, a int) returns int immutable language plpgsql as
    $$ begin
      if nextval(counter) = 1 then
        perform pg_sleep(case counter when 'app.first_rows' then 0.4 when 'app.first_index' then 0.8 else 0 end);
        raise exception 'deadlock detected';
      end if;
      return a;
    end $$;
  select nextval('app.first_index'), nextval('app.first_rows'), nextval('app.first_seen');
  create table app.indexed (id int); insert into app.indexed values (1);
  create index indexed_flaky on app.indexed (app.flaky('app.first_index', id));
  create table app.rows (id int check (app.flaky('app.first_rows', id) > 0)); insert into app.rows values (1), (2);
  create materialized view app.shown as select count(*) as n from app.rows;
  create table app.seen (id int check (app.flaky('app.first_seen', id) > 0)); insert into app.seen values (1);
  create function app.nothing() returns trigger language plpgsql as 'begin return new; end';
  create trigger t after insert on app.seen for each row execute function app.nothing();`;

async function restoreOf(setup: string, jobs: number): Promise<RestoredDatabase> {
  await using database = await freshDatabase(origin);
  await fill(database.settings, setup);
  const counters = ["--exclude-table-data=app.first_*"];
  return await restore(await makeArchive("custom", { ...from, settings: database.settings }, counters), {
    jobs,
  });
}

const objects = (restored: RestoredDatabase): readonly string[] =>
  // Errors that two jobs wrote at once may be told of one entry, twice.
  [...new Set(restored.errors.map(({ object }) => object.replace(/ \(entry \d+\)$/, "")))];

test("what failed side by side is restored once more by itself, and a note says so", async () => {
  const restored = await restoreOf(flaky, 2);
  // Its trigger stands there by now: rows that come a second time would meet it.
  expect(objects(restored)).toEqual(["TABLE DATA app.seen"]);
  expect(restored.notes).toEqual([
    expect.stringMatching(
      /^2 entries failed while pg_restore ran 2 jobs side by side, and went through when restored one after another: TABLE DATA app\.rows.*, INDEX app\.indexed_flaky/,
    ),
  ]);
  await using session = await connect(restored.settings, { applicationName: "test" });
  const [row] =
    await session.sql`select (select count(*) from app.rows) as rows, (select n from app.shown) as shown,
    (select count(*) from app.seen) as seen, (select indisvalid from pg_index where indexrelid = 'app.indexed_flaky'::regclass) as valid`;
  expect(row).toMatchObject({ rows: "2", shown: "2", seen: "0", valid: true });
});

test("one job has nobody to race with: what fails has failed", async () => {
  const restored = await restoreOf(flaky, 1);
  expect(objects(restored)).toEqual([
    "TABLE DATA app.rows",
    "TABLE DATA app.seen",
    "INDEX app.indexed_flaky",
  ]);
  expect(restored.notes).toEqual([]);
});

test("what fails again is told once, with its reason", async () => {
  const setup = `create schema app; create table app.rates (a int); insert into app.rates values (1);
    create function app.rate(int) returns int immutable language plpgsql as 'begin return (select a from rates where a = $1); end';
    set search_path = app; create table app.orders (a int); insert into app.orders values (1); create index by_rate on app.orders (app.rate(a));`;
  const restored = await restoreOf(setup, 2);
  expect(restored.errors.map(({ class: kind }) => kind)).toEqual(["search-path"]);
  expect(restored.notes).toEqual([]);
});
