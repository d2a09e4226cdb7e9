import { expect, test } from "bun:test";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { startTestCluster } from "../../../support/cluster.ts";
import { ask, backendOf, never, permitOf, planDrop } from "../../../support/postgres-target.ts";
import { makeTenant } from "../../../support/tenant.ts";

const parameters = {
  wal_level: "logical",
  max_replication_slots: "5",
  max_wal_senders: "5",
  log_statement: "all",
  log_min_duration_statement: "0",
};
const cluster = await startTestCluster(15, { parameters });
const { settings } = cluster;
const backend = backendOf(settings);

test("an inventory knows who is there, and by pg_walinspect who went", async () => {
  await ask(settings, "create role usr_seen", "create database db_seen owner usr_seen");
  const [row] = await ask(settings, "select oid::text as id from pg_database where datname = 'db_seen'");
  const before = await backend.inventory(never);
  expect(before.items).toContainEqual({ part: "database", name: "db_seen", id: String(row!["id"]) });
  expect(before.items.map(({ name }) => name)).toContain("usr_seen");
  expect(before.items.map(({ name }) => name)).not.toContain("pg_monitor");
  expect(before.blind.join()).toContain("pg_walinspect is not installed");
  await ask(settings, "create extension pg_walinspect", "drop database db_seen");
  const after = await backend.inventory(never);
  expect(after.systemIdentifier).toBe(before.systemIdentifier);
  expect(after.items.map(({ name }) => name)).not.toContain("db_seen");
  const witnessed = after.witnessed.find(({ id }) => id === row!["id"]);
  expect(Math.abs(Date.now() - witnessed!.at!.getTime())).toBeLessThan(60_000);
  expect(witnessed!.witness["wal"]).toMatch(/^[0-9A-F]+\/[0-9A-F]+$/);
  await ask(settings, "create role looker login");
  const blind = await backendOf({ ...settings, user: "looker" }).inventory(never);
  expect(blind.items.map(({ name }) => name)).toContain("usr_seen");
  expect(blind.blind.join()).toContain("the WAL could not be read");
});

test("what was destroyed is witnessed by the WAL", async () => {
  await ask(settings, "create extension if not exists pg_walinspect", "create database db_wal");
  const drop = await planDrop(backendOf(settings, "off"), {
    type: "database",
    names: { database: "db_wal" },
  });
  const gone = await drop.hold((held) => held.destroyResource(permitOf(drop.dropId), drop.plan));
  expect(gone).toMatchObject({
    standing: "gone",
    witness: { database: { wal: expect.any(String), dropped_at: expect.any(String) } },
  });
});

test("a slot that nobody reads is dropped with the fence, and made again by the undo", async () => {
  const names = { database: "db_slot", role: "usr_slot" };
  await makeTenant(settings, names);
  await ask(
    { ...settings, database: "db_slot" },
    "select pg_create_logical_replication_slot('follower', 'test_decoding')",
  );
  const slots = "select slot_name, database, plugin from pg_replication_slots";
  const before = await ask(settings, slots);
  const drop = await planDrop(backend, { type: "postgres", names });
  await drop.fence();
  expect(await ask(settings, slots)).toEqual([]);
  const { notes } = await drop.undo({ kind: "fence", folder: null });
  expect(notes.join()).toContain("the replication slot follower starts anew");
  expect(await ask(settings, slots)).toEqual(before);
});

test("a verifier that is given back is in no log", async () => {
  const names = { database: "db_quiet", role: "usr_quiet" };
  await makeTenant(settings, names, "md5");
  const [row] = await ask(
    settings,
    "select rolpassword as verifier from pg_authid where rolname = 'usr_quiet'",
  );
  const drop = await planDrop(backend, { type: "postgres", names });
  expect(drop.plan.secret).toEqual({ verifier: row!["verifier"] as string });
  expect(JSON.stringify(drop.plan.saved)).not.toContain(String(row!["verifier"]));
  await drop.fence();
  await drop.undo({ kind: "fence", folder: null });
  const [now] = await ask(
    settings,
    "select rolpassword as verifier from pg_authid where rolname = 'usr_quiet'",
  );
  expect(now).toEqual(row);
  const log = await readFile(join(cluster.directory, "log"), "utf8");
  expect(log).toContain("rename to");
  expect(log).not.toContain(String(row!["verifier"]));
});

test("with no tombstone wanted, what was never fenced is destroyed all the same", async () => {
  const names = { database: "db_off", role: "usr_off" };
  await makeTenant(settings, names);
  const off = backendOf(settings, "off");
  const drop = await planDrop(off, { type: "postgres", names });
  expect(await drop.hold((held) => held.destroyResource(permitOf(drop.dropId), drop.plan))).toMatchObject({
    standing: "gone",
  });
  expect(await ask(settings, "select from pg_database where datname = 'db_off'")).toEqual([]);
  expect(await ask(settings, "select from pg_roles where rolname = 'usr_off'")).toEqual([]);
});
