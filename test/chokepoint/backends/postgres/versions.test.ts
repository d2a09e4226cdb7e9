import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { digestFingerprint } from "../../../../src/backup/tombstone/digest-fingerprint.ts";
import { connect } from "../../../../src/postgres/connect.ts";
import type { ConnectionSettings } from "../../../../src/postgres/settings.ts";
import { startTestCluster } from "../../../support/cluster.ts";
import { ask, backendOf, never, permitOf, planDrop, testFolder } from "../../../support/postgres-target.ts";
import { readFingerprint } from "../../../support/rich-database.ts";
import { describeTenant, makeTenant } from "../../../support/tenant.ts";

const folder = await testFolder();

async function fingerprintOf(settings: ConnectionSettings, database: string): Promise<string> {
  await using session = await connect({ ...settings, database }, { applicationName: "test" });
  return digestFingerprint(await readFingerprint(session));
}

// This machine has pg_dump 15: of newer servers it makes no tombstone.
const servers = [
  { major: 14, dumps: true, settings: (await startTestCluster(14)).settings },
  { major: 15, dumps: true, settings: (await startTestCluster(15)).settings },
  { major: 16, dumps: false, settings: (await startTestCluster(16)).settings },
  { major: 17, dumps: false, settings: (await startTestCluster(17)).settings },
  { major: 18, dumps: false, settings: (await startTestCluster(18)).settings },
];

describe.each(servers)("PostgreSQL $major", ({ major, dumps, settings }) => {
  const mode = dumps ? "required" : "soft";
  const backend = backendOf(settings, mode);
  const tenant = { database: "db_tenant", role: "usr_tenant" };

  test("a tenant is fenced, comes back from its fence, and is destroyed", async () => {
    await makeTenant(settings, tenant);
    const before = {
      about: await describeTenant(settings, tenant),
      print: await fingerprintOf(settings, tenant.database),
    };
    const drop = await planDrop(backend, { type: "postgres", names: tenant });
    await drop.fence();
    expect(await drop.hold((held) => held.standing(drop.plan))).toMatchObject({ standing: "fenced" });
    const place = join(folder, drop.dropId);
    if (dumps) await drop.hold((held) => held.makeTombstone(drop.plan, place, () => undefined, never));
    expect(await drop.undo({ kind: "fence", folder: dumps ? place : null })).toMatchObject({
      names: tenant,
      notes: [],
    });
    expect(await describeTenant(settings, tenant)).toEqual(before.about);
    expect(await fingerprintOf(settings, tenant.database)).toBe(before.print);
    const again = await planDrop(backend, { type: "postgres", names: tenant });
    await again.fence();
    const gone = await again.hold((held) => held.destroyResource(permitOf(again.dropId), again.plan));
    expect(gone).toMatchObject({ standing: "gone" });
    expect(await ask(settings, "select from pg_database where datname ~ 'tenant|custody'")).toEqual([]);
    if (!dumps) return;
    // The tombstone of the first drop is of the same database.
    const undone = await drop.undo({ kind: "tombstone", folder: place });
    expect(undone).toMatchObject({ names: tenant, notes: [], proof: { isEqual: true } });
    expect(await describeTenant(settings, tenant)).toEqual(before.about);
    expect(await fingerprintOf(settings, tenant.database)).toBe(before.print);
  });

  test("a role alone comes back from its tombstone, password, settings and memberships with it", async () => {
    const names = { database: "db_alone", role: "usr_alone" };
    await makeTenant(settings, names);
    await ask(
      settings,
      "alter database db_alone owner to current_user",
      'revoke usr_alone from "usr_alone reader of db_alone"',
    );
    await ask({ ...settings, database: "db_alone" }, "drop owned by usr_alone");
    const before = await describeTenant(settings, names);
    const drop = await planDrop(backend, { type: "role", names: { role: names.role } });
    await drop.fence();
    const place = join(folder, drop.dropId);
    await drop.hold((held) => held.makeTombstone(drop.plan, place, () => undefined, never));
    expect(
      await drop.hold((held) => held.proveTombstone(drop.plan, place, () => undefined, never)),
    ).toMatchObject({ isEqual: true });
    await drop.hold((held) => held.destroyResource(permitOf(drop.dropId), drop.plan));
    expect(await ask(settings, "select from pg_roles where rolname ~ 'usr_alone$|custody_tomb'")).toEqual([]);
    for (let call = 0; call < 2; call += 1)
      expect(await drop.undo({ kind: "tombstone", folder: place })).toMatchObject({
        names: { role: names.role },
        notes: [],
      });
    expect(await describeTenant(settings, names)).toEqual(before);
    const other = await planDrop(backend, { type: "role", names: { role: names.role } });
    await other.fence();
    expect(await other.undo({ kind: "fence", folder: null })).toMatchObject({ names: { role: names.role } });
    expect(await describeTenant(settings, names)).toEqual(before);
  });

  test("what no tombstone could be made of is refused where one is required", async () => {
    await ask(
      settings,
      "create role reader login",
      "create database db_closed owner reader",
      "alter role reader createdb",
    );
    await ask({ ...settings, database: "db_closed" }, "create table closed (n int)");
    const { refusals } = await backendOf({ ...settings, user: "reader" }).inspect(
      { type: "database", names: { database: "db_closed" } },
      { force: false, signal: never },
    );
    expect(refusals.map(({ code }) => code)).toEqual([...(dumps ? [] : ["server-too-new"]), "42501"]);
    expect(refusals.at(-1)?.message).toContain("public.closed");
  });

  test("custody's role need not be a superuser", async () => {
    await ask(
      settings,
      "create role keeper login createdb createrole",
      "create role usr_small login password 'x'",
    );
    await ask(settings, "grant usr_small to keeper with admin option");
    await ask(
      settings,
      "create database db_small owner usr_small",
      "revoke all on database db_small from public",
    );
    await ask(
      { ...settings, database: "db_small" },
      "set role usr_small",
      "create table t (n int)",
      "insert into t values (1)",
    );
    const names = { database: "db_small", role: "usr_small" };
    const about = async (): Promise<unknown> => await describeTenant(settings, names);
    const before = await about();
    const keeper = backendOf({ ...settings, user: "keeper" }, mode);
    const { refusals, notes } = await keeper.inspect(
      { type: "postgres", names },
      { force: false, signal: never },
    );
    expect(refusals).toEqual([]);
    expect(notes.join()).toContain("may not read the password of usr_small");
    const drop = await planDrop(keeper, { type: "postgres", names });
    expect(drop.plan.secret).toBeNull();
    await drop.fence();
    expect(await drop.hold((held) => held.standing(drop.plan))).toMatchObject({ standing: "fenced" });
    const place = join(folder, drop.dropId);
    if (dumps) {
      const made = await drop.hold((held) => held.makeTombstone(drop.plan, place, () => undefined, never));
      expect(made.contents).toMatchObject({ rows: 1 });
    }
    await drop.undo({ kind: "fence", folder: dumps ? place : null });
    expect(await about()).toEqual(before);
    const again = await planDrop(keeper, { type: "postgres", names });
    await again.fence();
    const second = join(folder, again.dropId);
    if (dumps) await again.hold((held) => held.makeTombstone(again.plan, second, () => undefined, never));
    expect(
      await again.hold((held) => held.destroyResource(permitOf(again.dropId), again.plan)),
    ).toMatchObject({ standing: "gone" });
    if (!dumps) return;
    const undoing = again.undo({ kind: "tombstone", folder: second });
    if (major < 15) {
      // The schema public is the superuser's there, and nobody else gives it to him.
      await expect(undoing).rejects.toMatchObject({ code: "not-equal" });
      return;
    }
    expect(await undoing).toMatchObject({ names, proof: { isEqual: true } });
    const { database } = (await about()) as { readonly database: unknown };
    expect(database).toEqual((before as { readonly database: unknown }).database);
    expect(await ask({ ...settings, database: "db_small" }, "set role usr_small", "select n from t")).toEqual(
      [{ n: 1 }],
    );
  });
});
