import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { startTcpCluster } from "../../../support/tcp-cluster.ts";
import { ask, backendOf, permitOf, planDrop, never, testFolder } from "../../../support/postgres-target.ts";
import { describeTenant, makeTenant, tenantPassword } from "../../../support/tenant.ts";
import type { Tenant } from "../../../support/tenant.ts";
import { readFingerprint } from "../../../support/rich-database.ts";
import { digestFingerprint } from "../../../../src/backup/tombstone/digest-fingerprint.ts";
import { connect } from "../../../../src/postgres/connect.ts";

const tcp = await startTcpCluster();
const { settings } = tcp.cluster;
const backend = backendOf(settings);
const folder = await testFolder();

async function fingerprintOf({ database }: Tenant): Promise<string> {
  await using session = await connect({ ...settings, database }, { applicationName: "test" });
  return digestFingerprint(await readFingerprint(session));
}

/** With the password, over the network, as the tenant does it. */
async function logIn({ database, role }: Tenant): Promise<unknown> {
  const [row] = await ask(
    {
      hosts: [{ host: "127.0.0.1", port: tcp.port }],
      user: role,
      password: tenantPassword,
      database,
      sslmode: "disable",
    },
    "select count(*)::int as customers from app.customer",
  );
  return row?.["customers"];
}

describe.each(["scram-sha-256", "md5"] as const)("a tenant with a password of %s", (encryption) => {
  const word = encryption.slice(0, 3);

  test("is fenced, dumped, proved, and comes back from its fence", async () => {
    const tenant = { database: `db_fence_${word}`, role: encryption === "md5" ? "md5_user" : "usr_fence" };
    if (encryption === "md5") await ask(settings, "drop role if exists md5_user");
    await makeTenant(settings, tenant, encryption);
    const before = { about: await describeTenant(settings, tenant), print: await fingerprintOf(tenant) };
    const drop = await planDrop(backend, { type: "postgres", names: tenant });
    expect(await drop.hold((held) => held.standing(drop.plan))).toMatchObject({ standing: "intact" });
    await drop.fence();
    expect(await drop.hold((held) => held.standing(drop.plan))).toMatchObject({ standing: "fenced" });
    expect(await ask(settings, `select from pg_database where datname = '${tenant.database}'`)).toEqual([]);
    expect(await ask(settings, `select from pg_roles where rolname = '${tenant.role}'`)).toEqual([]);
    const place = join(folder, drop.dropId);
    const made = await drop.hold((held) => held.makeTombstone(drop.plan, place, () => undefined, never));
    expect(made.contents).toMatchObject({ tables: 1, rows: 500 });
    const proof = await drop.hold((held) => held.proveTombstone(drop.plan, place, () => undefined, never));
    expect(proof).toMatchObject({ isEqual: true, differences: [] });
    const undone = await drop.undo({ kind: "fence", folder: place });
    expect(undone).toMatchObject({ names: tenant, proof: { isEqual: true, differences: [] }, notes: [] });
    expect(await describeTenant(settings, tenant)).toEqual(before.about);
    expect(await fingerprintOf(tenant)).toBe(before.print);
    expect(await logIn(tenant)).toBe(500);
    expect(await drop.hold((held) => held.standing(drop.plan))).toMatchObject({ standing: "intact" });
    expect(await drop.undo({ kind: "fence", folder: place })).toMatchObject({ names: tenant });
    await ask(settings, `drop database ${tenant.database}`, `drop role ${tenant.role}`);
  });

  test("is destroyed, and comes back from its tombstone", async () => {
    const tenant = { database: `db_gone_${word}`, role: encryption === "md5" ? "md5_user" : "usr_gone" };
    await makeTenant(settings, tenant, encryption).catch((error: unknown) => {
      throw error;
    });
    const before = { about: await describeTenant(settings, tenant), print: await fingerprintOf(tenant) };
    const drop = await planDrop(backend, { type: "postgres", names: tenant });
    await drop.fence();
    const place = join(folder, drop.dropId);
    await drop.hold((held) => held.makeTombstone(drop.plan, place, () => undefined, never));
    const gone = await drop.hold((held) => held.destroyResource(permitOf(drop.dropId), drop.plan));
    expect(gone).toMatchObject({ standing: "gone" });
    expect(await drop.hold((held) => held.destroyResource(permitOf(drop.dropId), drop.plan))).toEqual(gone);
    const undone = await drop.undo({ kind: "tombstone", folder: place });
    expect(undone).toMatchObject({ names: tenant, proof: { isEqual: true, differences: [] }, notes: [] });
    expect(await describeTenant(settings, tenant)).toEqual(before.about);
    expect(await fingerprintOf(tenant)).toBe(before.print);
    expect(await logIn(tenant)).toBe(500);
  });
});

describe("a tombstone that nobody here can decrypt", () => {
  test.each([false, true])(
    "its fingerprint alone is compared; somebody wrote behind the fence: %p",
    async (isChanged) => {
      const tenant = { database: `db_sealed_${isChanged}`, role: `usr_sealed_${isChanged}` };
      await makeTenant(settings, tenant);
      const drop = await planDrop(backend, { type: "postgres", names: tenant });
      await drop.fence();
      const place = join(folder, drop.dropId);
      const { fingerprint } = await drop.hold((held) =>
        held.makeTombstone(drop.plan, place, () => undefined, never),
      );
      if (isChanged) {
        const behind = { ...settings, database: String(drop.plan.fenceNames.database) };
        await ask(behind, "update app.customer set name = 'another' where id = 1");
      }
      const undone = await drop.undo({ kind: "fence", folder: null, fingerprint });
      expect(undone.proof?.isEqual).toBe(!isChanged);
      expect(undone.notes.length).toBe(isChanged ? 1 : 0);
      expect(await logIn(tenant)).toBe(500);
    },
  );
});

test("an undo from the tombstone whose answer was lost finds what it gave back, also where the owner was fenced with it", async () => {
  const tenant = { database: "db_twice", role: "usr_twice" };
  await ask(
    settings,
    "create role usr_twice login",
    "create database db_twice template template0 owner usr_twice",
  );
  const inside = { ...settings, database: "db_twice" };
  await ask(
    inside,
    "create table orders (id integer primary key, note text)",
    "insert into orders select n, md5(n::text) from generate_series(1, 50) n",
    "alter table orders owner to usr_twice",
    "create schema own authorization usr_twice",
    "alter default privileges for role usr_twice grant select on tables to public",
  );
  const drop = await planDrop(backend, { type: "postgres", names: tenant });
  await drop.fence();
  const place = join(folder, drop.dropId);
  await drop.hold((held) => held.makeTombstone(drop.plan, place, () => undefined, never));
  await drop.hold((held) => held.destroyResource(permitOf(drop.dropId), drop.plan));
  expect(await drop.undo({ kind: "tombstone", folder: place })).toMatchObject({ names: tenant });
  expect(await drop.undo({ kind: "tombstone", folder: place })).toMatchObject({ names: tenant, notes: [] });
  await ask(inside, "insert into orders values (51, 'new')");
  expect(await drop.undo({ kind: "tombstone", folder: place })).toMatchObject({ names: tenant, notes: [] });
  // Where the ledger knows of none that was whole, the name is somebody else's.
  const another = drop.hold((held) =>
    held.undo(
      permitOf(drop.dropId),
      drop.plan,
      { kind: "tombstone", folder: place },
      { ...drop.undoOptions(), whole: null },
    ),
  );
  await expect(another).rejects.toMatchObject({ code: "name-in-use" });
});
