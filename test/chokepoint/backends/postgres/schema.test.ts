import { expect, test } from "bun:test";
import { join } from "node:path";
import { OpsError } from "../../../../src/errors.ts";
import { TargetRefused } from "../../../../src/chokepoint/target-refusal.ts";
import { startStatementCutter } from "../../../support/statement-cutter.ts";
import { startTestCluster } from "../../../support/cluster.ts";
import { ask, backendOf, never, permitOf, planDrop, testFolder } from "../../../support/postgres-target.ts";

const { settings } = await startTestCluster(15);
const backend = backendOf(settings);
const folder = await testFolder();

/** A schema beside others that look like it, with what ties it together. */
async function makeSchema(name: string): Promise<void> {
  await ask(
    settings,
    "drop role if exists schema_owner, schema_reader",
    "create role schema_owner login",
    "create role schema_reader",
  ).catch(() => undefined);
  await ask(
    settings,
    `create schema ${name} authorization schema_owner`,
    `grant usage on schema ${name} to schema_reader`,
    `comment on schema ${name} is 'of a tenant'`,
    `create schema if not exists ${name}_other`,
    `create table if not exists ${name}_other.customer (id int)`,
    `set role schema_owner`,
    `create type ${name}.state as enum ('new', 'gone')`,
    `create table ${name}.customer (id serial primary key, name text not null, state ${name}.state default 'new')`,
    `insert into ${name}.customer (name) select 'customer ' || n from generate_series(1, 300) n`,
    `create table ${name}.invoice (id int primary key, customer int references ${name}.customer)`,
    `insert into ${name}.invoice select n, n from generate_series(1, 100) n`,
    `create function ${name}.twice(n int) returns int language sql immutable as 'select n * 2'`,
    `create index doubled on ${name}.invoice (${name}.twice(id))`,
    `create view ${name}.names as select name from ${name}.customer`,
    `grant select on ${name}.names to schema_reader`,
  );
}

async function describe(name: string): Promise<unknown> {
  return [
    ...(await ask(
      settings,
      `select nspowner::regrole::text as owner, nspacl::text as acl, obj_description(oid, 'pg_namespace') as comment,
        (select json_agg(c.relname || ' ' || c.relkind::text || ' ' || c.relowner::regrole::text || ' ' || coalesce(c.relacl::text, '') order by c.relname) from pg_class c where relnamespace = n.oid) as relations
       from pg_namespace n where nspname = '${name}'`,
    )),
    ...(await ask(
      settings,
      `select count(*)::int as n, md5(string_agg(c::text, ',' order by id)) as rows from ${name}.customer c`,
    )),
  ];
}

test("a schema is fenced, kept, proved, and comes back from its fence", async () => {
  await makeSchema("db_one");
  const before = await describe("db_one");
  const drop = await planDrop(backend, { type: "schema", names: { database: "postgres", schema: "db_one" } });
  expect(await drop.hold((held) => held.standing(drop.plan))).toMatchObject({ standing: "intact" });
  await drop.fence();
  await drop.fence();
  expect(await drop.hold((held) => held.standing(drop.plan))).toMatchObject({ standing: "fenced" });
  await expect(
    ask({ ...settings, user: "schema_owner" }, `select from ${drop.plan.fenceNames.schema}.customer`),
  ).rejects.toThrow("permission denied for schema");
  const place = join(folder, drop.dropId);
  const made = await drop.hold((held) => held.makeTombstone(drop.plan, place, () => undefined, never));
  expect(made.contents).toMatchObject({ tables: 2, rows: 400 });
  expect(
    await drop.hold((held) => held.proveTombstone(drop.plan, place, () => undefined, never)),
  ).toMatchObject({ isEqual: true, differences: [] });
  const undone = await drop.undo({ kind: "fence", folder: place });
  expect(undone).toMatchObject({ names: { database: "postgres", schema: "db_one" }, notes: [] });
  expect(await describe("db_one")).toEqual(before);
});

test("a schema is destroyed with all that is in it, and comes back from its tombstone", async () => {
  await makeSchema("db_two");
  const before = await describe("db_two");
  const drop = await planDrop(backend, { type: "schema", names: { database: "postgres", schema: "db_two" } });
  await drop.fence();
  const place = join(folder, drop.dropId);
  await drop.hold((held) => held.makeTombstone(drop.plan, place, () => undefined, never));
  expect(await drop.hold((held) => held.destroyResource(permitOf(drop.dropId), drop.plan))).toMatchObject({
    standing: "gone",
  });
  expect(await ask(settings, "select count(*)::int as n from db_two_other.customer")).toEqual([{ n: 0 }]);
  const undone = await drop.undo({ kind: "tombstone", folder: place });
  expect(undone).toMatchObject({
    names: { database: "postgres", schema: "db_two" },
    proof: { isEqual: true },
    notes: [],
  });
  expect(await describe("db_two")).toEqual(before);
  expect(
    await ask(settings, "select rolname from pg_roles where rolname ~ 'custody_(restore|stand)'"),
  ).toEqual([]);
});

test("what depends on a schema by the time of its fence keeps it from being fenced", async () => {
  await makeSchema("db_three");
  const drop = await planDrop(backend, {
    type: "schema",
    names: { database: "postgres", schema: "db_three" },
  });
  await ask(settings, "create view public.late as select name from db_three.customer");
  await expect(drop.fence(true)).rejects.toBeInstanceOf(TargetRefused);
  expect(await drop.hold((held) => held.standing(drop.plan))).toMatchObject({ standing: "intact" });
});

test("an undo of a schema from its tombstone is whole, wherever it was cut off", async () => {
  await makeSchema("db_cut");
  const before = await describe("db_cut");
  const resource = { type: "schema", names: { database: "postgres", schema: "db_cut" } } as const;
  const drop = await planDrop(backend, resource);
  await drop.fence();
  const place = join(folder, drop.dropId);
  await drop.hold((held) => held.makeTombstone(drop.plan, place, () => undefined, never));
  await drop.hold((held) => held.destroyResource(permitOf(drop.dropId), drop.plan));
  const cutter = await startStatementCutter(settings);
  const undo = async (): Promise<void> => {
    await using held = await backendOf(cutter.settings).hold(drop.dropId, resource, never);
    const options = { as: null, progress: () => undefined, signal: never };
    await held.undo(permitOf(drop.dropId), drop.plan, { kind: "tombstone", folder: place }, options);
  };
  cutter.cutAt(Infinity, "before");
  await undo();
  const all = cutter.count;
  // The last statement takes the mark away: cut after it, the undo is done and its answer lost.
  const places = Array.from({ length: 14 }, (_, index) => Math.round(((index + 1) * (all - 1)) / 14));
  for (const at of places) {
    await ask(settings, "drop schema db_cut cascade");
    cutter.cutAt(at, "before");
    await undo().catch((error: unknown) => expect(error).toBeInstanceOf(OpsError));
    expect(cutter.isCut).toBe(true);
    await drop.undo({ kind: "tombstone", folder: place });
    expect(await describe("db_cut")).toEqual(before);
    expect(
      await ask(settings, "select rolname from pg_roles where rolname ~ 'custody_(restore|stand)'"),
    ).toEqual([]);
    expect(await ask(settings, "select nspname from pg_namespace where nspname ~ 'custody'")).toEqual([]);
  }
}, 120_000);
