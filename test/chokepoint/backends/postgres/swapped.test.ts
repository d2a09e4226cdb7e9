import { expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { cpSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Resource } from "../../../../src/chokepoint/resource.ts";
import { startTestCluster } from "../../../support/cluster.ts";
import { ask, backendOf, never, permitOf, planDrop, testFolder } from "../../../support/postgres-target.ts";
import type { TestDrop } from "../../../support/postgres-target.ts";

const { settings } = await startTestCluster(15);
const backend = backendOf(settings);
const folder = await testFolder();

/** Fenced and dumped; then, unless it stays, destroyed. */
async function dropped(
  resource: Resource,
  { stays = false }: { readonly stays?: boolean } = {},
): Promise<TestDrop & { readonly place: string; readonly fingerprint: string }> {
  const drop = await planDrop(backend, resource);
  await drop.fence();
  const place = join(folder, drop.dropId);
  const { fingerprint } = await drop.hold((held) =>
    held.makeTombstone(drop.plan, place, () => undefined, never),
  );
  if (!stays) await drop.hold((held) => held.destroyResource(permitOf(drop.dropId), drop.plan));
  return { ...drop, place, fingerprint };
}

function swap(from: string, to: string): void {
  rmSync(to, { recursive: true });
  cpSync(from, to, { recursive: true });
}

const databases = (): Promise<unknown> => ask(settings, "select datname from pg_database order by 1");
const roles = (): Promise<unknown> => ask(settings, "select rolname, rolsuper from pg_roles order by 1");

test("another database's tombstone, whole and sound, is neither proved nor restored in the place of one", async () => {
  for (const name of ["db_mine", "db_theirs"]) {
    await ask(settings, `create database ${name}`);
    await ask({ ...settings, database: name }, `create table told as select '${name}' as name`);
  }
  const mine = await dropped({ type: "database", names: { database: "db_mine" } });
  const theirs = await dropped({ type: "database", names: { database: "db_theirs" } });
  const kept = `${mine.place}-kept`;
  cpSync(mine.place, kept, { recursive: true });
  swap(theirs.place, mine.place);
  const before = [await databases(), await roles()];
  const undo = mine.undo({ kind: "tombstone", folder: mine.place, fingerprint: mine.fingerprint });
  await expect(undo).rejects.toMatchObject({ code: "not-equal" });
  expect([await databases(), await roles()]).toEqual(before);
  const proof = mine.hold((held) =>
    held.proveTombstone(mine.plan, mine.place, () => undefined, never, mine.fingerprint),
  );
  await expect(proof).rejects.toMatchObject({ code: "not-equal" });

  // Where its marker says what the ledger says, the fingerprint itself tells.
  const marker = join(mine.place, "tombstone.json");
  writeFileSync(marker, readFileSync(marker, "utf8").replace(theirs.fingerprint, mine.fingerprint));
  const forged = mine.undo({ kind: "tombstone", folder: mine.place, fingerprint: mine.fingerprint });
  await expect(forged).rejects.toMatchObject({ code: "not-equal" });
  expect([await databases(), await roles()]).toEqual(before);

  swap(kept, mine.place);
  const back = await mine.undo({ kind: "tombstone", folder: mine.place, fingerprint: mine.fingerprint });
  expect(back.proof?.isEqual).toBe(true);
  expect(await ask({ ...settings, database: "db_mine" }, "select name from told")).toEqual([
    { name: "db_mine" },
  ]);
});

test("an archive of another database beside the right fingerprint comes back under no name", async () => {
  for (const name of ["db_right", "db_wrong"]) {
    await ask(settings, `create database ${name}`);
    await ask({ ...settings, database: name }, `create table told as select '${name}' as name`);
  }
  const right = await dropped({ type: "database", names: { database: "db_right" } });
  const wrong = await dropped({ type: "database", names: { database: "db_wrong" } });
  cpSync(join(wrong.place, "archive.dump"), join(right.place, "archive.dump"));
  const before = await databases();
  const undo = right.undo({ kind: "tombstone", folder: right.place, fingerprint: right.fingerprint });
  await expect(undo).rejects.toMatchObject({ code: "not-equal" });
  expect(await databases()).toEqual(before);
});

test("a schema's tombstone is the ledger's, and what came back from its fence was compared", async () => {
  for (const name of ["s_one", "s_two"])
    await ask(settings, `create schema ${name}`, `create table ${name}.told as select '${name}' as name`);
  const names = (schema: string) => ({ database: "postgres", schema });
  const one = await dropped({ type: "schema", names: names("s_one") }, { stays: true });
  const two = await dropped({ type: "schema", names: names("s_two") });
  const { fingerprint } = one;
  expect((await one.undo({ kind: "fence", folder: one.place, fingerprint })).proof).toMatchObject({
    isEqual: true,
  });
  await one.fence();
  expect((await one.undo({ kind: "fence", folder: null, fingerprint })).proof).toMatchObject({
    isEqual: true,
  });
  await one.fence();
  await ask(settings, `insert into ${one.plan.fenceNames.schema}.told values ('behind')`);
  for (const place of [one.place, null]) {
    const undone = await one.undo({ kind: "fence", folder: place, fingerprint });
    expect(undone.proof?.isEqual).toBe(false);
    expect(undone.notes.at(-1)).toContain("somebody wrote to it behind the fence");
    await one.fence();
  }
  const undo = two.undo({ kind: "tombstone", folder: one.place, fingerprint: two.fingerprint });
  await expect(undo).rejects.toMatchObject({ code: "not-equal" });
  expect(await ask(settings, "select from pg_namespace where nspname = 's_two'")).toEqual([]);
});

test("nobody becomes a superuser by what was written into a role's tombstone", async () => {
  await ask(settings, "create role usr_plain login password 'x'");
  const drop = await dropped({ type: "role", names: { role: "usr_plain" } });
  const path = join(drop.place, "role.json");
  const text = readFileSync(path, "utf8").replace('"isSuperuser": false', '"isSuperuser": true');
  writeFileSync(path, text);
  const marker = join(drop.place, "tombstone.json");
  const digest = createHash("sha256").update(text).digest("hex");
  writeFileSync(marker, readFileSync(marker, "utf8").replace(/"sha256": "\w+"/, `"sha256": "${digest}"`));
  for (const more of [{}, { fingerprint: drop.fingerprint }])
    await expect(drop.undo({ kind: "tombstone", folder: drop.place, ...more })).rejects.toMatchObject({
      code: "not-equal",
    });
  expect(await ask(settings, "select from pg_roles where rolname = 'usr_plain'")).toEqual([]);
});
