import { expect, test } from "bun:test";
import { startTestCluster } from "../../../support/cluster.ts";
import { openRawSession } from "./raw-session.ts";
import { found } from "./wire-judged.ts";

const cluster = await startTestCluster(15);

/** Bodies that the server runs without an error; `victim` is a table with a row. Exact: what is found is what was dropped, and nothing is opaque. */
const bodies: readonly (readonly [body: string, isExact: boolean])[] = [
  ["begin drop table victim; end", true],
  ["begin if true then drop table victim; end if; end", true],
  ["begin if false then null; elsif true then drop table victim; else null; end if; end", true],
  ["begin if (select count(*) from victim) > 0 then drop table victim; end if; end", true],
  ["<<a>> declare b int := 1; begin loop drop table victim; exit a; end loop; end", true],
  ["begin for i in 1..1 loop drop table victim; end loop; end", true],
  [
    "begin while exists (select from pg_class where relname = 'victim') loop drop table victim; end loop; end",
    true,
  ],
  ["begin case when true then drop table victim; else null; end case; end", true],
  ["begin case 1 when 1 then drop table victim; end case; end", true],
  ["begin raise exception 'x'; exception when others then drop table victim; end", true],
  [
    "begin raise exception 'x'; exception when sqlstate 'P0001' or no_data_found then drop table victim; end",
    true,
  ],
  ["begin begin drop table victim; exception when undefined_table then null; end; end", true],
  ["begin execute 'drop table victim'; end", true],
  ["begin execute 'drop ' || 'table victim'; end", true],
  ["begin execute e'drop\\x20table victim'; end", true],
  ["declare a text := 'drop table victim'; begin execute a; end", false],
  ["declare a text := 'victim'; begin execute format('drop table %I', a); end", false],
  ["declare a text := 'drop table victim'; begin execute coalesce(a, 'select 1'); end", false],
  [
    "declare a record; begin for a in select 'victim' as n loop execute 'drop table ' || a.n; end loop; end",
    false,
  ],
  [
    "declare a refcursor; begin open a for execute 'select query_to_xml(''select 1'', true, true, '''')'; drop table victim; end",
    true,
  ],
  ["begin do 'begin drop table victim; end'; end", true],
  ["begin perform 1; execute 'do $b$ begin drop table victim; end $b$'; end", true],
  ["begin perform query_to_xml('select 1', true, true, ''); end", true],
  ["begin raise notice 'drop table victim'; end", true],
  ["begin perform 'drop table victim'; end", true],
  ['declare "drop" int; begin "drop" := 1; end', true],
  [
    "begin create temp table a (b int) on commit drop; insert into a values (1) on conflict do nothing; update a set b = 2; delete from a where b = 2; end",
    true,
  ],
  [
    "begin create type a as enum ('b'); drop type if exists nothing_of_this_name; exception when duplicate_object then null; end",
    false,
  ],
  ["begin grant delete, truncate on victim to public; end", true],
  ["begin /* drop table victim; */ -- drop table victim\n null; end", true],
];

test.each(bodies)("%j: as it is judged, so the server does", async (body, isExact) => {
  await using session = await openRawSession(cluster.settings);
  const setup = await session.query(
    "CREATE TABLE IF NOT EXISTS victim (a int); TRUNCATE victim; INSERT INTO victim VALUES (1)",
  );
  expect(setup.error).toBeNull();
  const sql = `DO $body$ ${body} $body$`;
  const { error } = await session.query(sql);
  expect(error).toBeNull();
  const { values } = await session.query("SELECT count(*) FROM pg_class WHERE relname = 'victim'");
  const isDropped = values[0] === "0";
  const judged = found(sql);
  if (isExact) expect(judged).toEqual(isDropped ? ["table victim"] : []);
  else if (isDropped) expect(judged).toContain("opaque");
});
