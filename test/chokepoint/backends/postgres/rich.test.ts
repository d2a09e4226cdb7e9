import { expect, test } from "bun:test";
import { join } from "node:path";
import { digestFingerprint } from "../../../../src/backup/tombstone/digest-fingerprint.ts";
import type { Fingerprint, TableContent } from "../../../../src/backup/fingerprint.ts";
import { connect } from "../../../../src/postgres/connect.ts";
import { startTcpCluster } from "../../../support/tcp-cluster.ts";
import { runFiles } from "../../../support/plain-dump.ts";
import { ask, backendOf, never, permitOf, planDrop, testFolder } from "../../../support/postgres-target.ts";
import { readFingerprint } from "../../../support/rich-database.ts";

const tcp = await startTcpCluster();
const { settings } = tcp.cluster;
const backend = backendOf(settings, "required", { asSuperuser: true });
const folder = await testFolder();
const fixtures = join(import.meta.dirname, "..", "..", "..", "fixtures");

async function fingerprintOf(database: string): Promise<string> {
  await using session = await connect({ ...settings, database }, { applicationName: "test" });
  return digestFingerprint(await readFingerprint(session));
}

/** All that is compared, but for definitions: a server prints some of what it read from a dump in other words, and the proof knows. */
async function everythingIn(
  database: string,
  before: readonly TableContent[] = [],
): Promise<Pick<Fingerprint, "tables">> {
  await using session = await connect({ ...settings, database }, { applicationName: "test" });
  const { objects, tables, sequences, largeObjects } = await readFingerprint(session, before);
  const all = {
    objects: objects.map(({ facts: { definition: _definition, ...facts }, ...object }) => ({
      ...object,
      facts,
    })),
    tables: tables.toSorted((left, right) => (left.table < right.table ? -1 : 1)),
    sequences,
    largeObjects,
  };
  return all;
}

/** With the old password, over the network. */
async function logIn(): Promise<unknown> {
  const place = { hosts: [{ host: "127.0.0.1", port: tcp.port }], sslmode: "disable" } as const;
  const tenant = { user: "usr_rich", password: "of usr_rich", database: "db_rich" };
  const [row] = await ask({ ...place, ...tenant }, "select current_user::text as who");
  return row?.["who"];
}

/** Somebody else has both names in between, and is gone again before they are given back. */
async function reuseNames(): Promise<void> {
  await ask(
    settings,
    "create role usr_rich login password 'another'",
    "create database db_rich owner usr_rich",
  );
  expect(await logIn().catch((error: unknown) => (error as { code?: string }).code)).toBe(
    "authentication-failed",
  );
  await ask(settings, "drop database db_rich", "drop role usr_rich");
}

test("a database with one of everything comes back the same, from its fence and from its tombstone", async () => {
  await ask(
    settings,
    "create role usr_rich login password 'of usr_rich'",
    "create database db_rich owner usr_rich",
  );
  const inside = { ...settings, database: "db_rich" };
  const files = ["rich-roles.sql", "rich-schema.sql", "rich-schema-15.sql"];
  await runFiles(inside, ...files.map((file) => join(fixtures, file)));
  const resource = { type: "postgres", names: { database: "db_rich", role: "usr_rich" } } as const;
  const { refusals } = await backend.inspect(resource, { force: false, signal: never });
  expect(refusals).toMatchObject([{ code: "55006", hint: "1 subscription" }]);
  // A wrapper must belong to a superuser, and a proof has none that the dump names.
  await ask(inside, "drop subscription nothing", "drop foreign data wrapper nothing_fdw cascade");
  const print = await fingerprintOf("db_rich");
  expect(await logIn()).toBe("usr_rich");
  const everything = await everythingIn("db_rich");
  const drop = await planDrop(backend, resource);
  await drop.fence();
  const place = join(folder, drop.dropId);
  await drop.hold((held) => held.makeTombstone(drop.plan, place, () => undefined, never));
  const modest = await backendOf(settings).hold(drop.dropId, resource, never);
  expect(await modest.proveTombstone(drop.plan, place, () => undefined, never)).toMatchObject({
    isEqual: false,
  });
  await modest[Symbol.asyncDispose]();
  const proof = await drop.hold((held) => held.proveTombstone(drop.plan, place, () => undefined, never));
  expect(proof).toMatchObject({ isEqual: true, differences: [] });
  await reuseNames();
  await drop.undo({ kind: "fence", folder: place });
  expect(await fingerprintOf("db_rich")).toBe(print);
  expect(await logIn()).toBe("usr_rich");
  const again = await planDrop(backend, resource);
  await again.fence();
  const other = join(folder, again.dropId);
  await again.hold((held) => held.makeTombstone(again.plan, other, () => undefined, never));
  await again.hold((held) => held.destroyResource(permitOf(again.dropId), again.plan));
  await reuseNames();
  expect(await again.undo({ kind: "tombstone", folder: other })).toMatchObject({ proof: { isEqual: true } });
  expect(await everythingIn("db_rich", everything.tables)).toEqual(everything);
  expect(await logIn()).toBe("usr_rich");
});
