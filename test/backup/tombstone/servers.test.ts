import { afterAll, expect, test } from "bun:test";
import { join } from "node:path";
import { connect } from "../../../src/postgres/connect.ts";
import { run, startTestCluster } from "../../support/cluster.ts";
import { runScript } from "../../support/plain-dump.ts";
import { temporaryFolder } from "../../support/run-commands.ts";
import { compareAt, make, proveAt, restoreAs, told } from "../../support/tombstones.ts";

/** A managed server gives nobody a superuser, and may be upgraded before somebody wants a database back. */
const old = await startTestCluster(15);
const next = await startTestCluster(18);
const base = temporaryFolder();
afterAll(() => base[Symbol.dispose]());
const folder = join(base.path, "one");
const managed = (cluster: typeof old) => ({ ...cluster.settings, user: "manager" });

test("by a role that may make databases and roles, and is a member of the owner", async () => {
  await run(
    old,
    `create role manager login createdb createrole; grant pg_read_all_data to manager;
     create role usr_a login; grant usr_a to manager; create role reader`,
  );
  await run(old, "create database db_a owner usr_a");
  await runScript(
    { ...old.settings, user: "usr_a", database: "db_a" },
    `create schema app; create extension pg_trgm;
     create table app.item (id serial primary key, name text unique, check (name <> ''));
     insert into app.item (name) select 'n' || n from generate_series(1, 500) n;
     create index on app.item using gin (name gin_trgm_ops); create view app.v as select id from app.item;
     grant usage on schema app to reader; grant select on app.item to reader;
     alter default privileges in schema app grant select on tables to reader; select lo_from_bytea(0, 'abc')`,
  );
  await make({ ...managed(old), database: "db_a" }, folder);
  expect(told(await proveAt(folder))).toEqual([]);
  const restored = await restoreAs(managed(old), folder, "back");
  expect([restored.verdict, told(restored)]).toEqual(["proved", []]);
  expect((await compareAt(managed(old), folder, "back")).verdict).toBe("proved");
});

test("on a newer version, and nothing but the database is new there", async () => {
  await run(
    next,
    "create role manager login createdb createrole; grant pg_read_all_data to manager with admin option",
  );
  // Since 16 who makes a role administers it, and must grant itself the rest.
  await run(
    { settings: managed(next) },
    "create role usr_a login; create role reader; grant usr_a, reader to manager with inherit true, set true",
  );
  const restored = await restoreAs(managed(next), folder, "back");
  expect([restored.verdict, told(restored)]).toEqual(["proved", []]);
  await using session = await connect(next.settings, { applicationName: "test" });
  const rows = await session.sql`select rolname from pg_roles where rolname !~ '^pg_' and oid > 16383`;
  expect(rows.map(({ rolname }) => String(rolname)).toSorted()).toEqual(["manager", "reader", "usr_a"]);
});
