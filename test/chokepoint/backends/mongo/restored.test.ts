import { expect, test } from "bun:test";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { holdMongo, openMongo } from "../../../support/mongo-drop.ts";
import { startMongoPeer } from "../../../support/mongo-peer.ts";
import { makeShop, shop } from "../../../support/mongo-shop.ts";
import { permit, progress, signal } from "../../../support/nats-drop.ts";

/** A folder with a program `mongod` in it, which is the peer. */
function mongodFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "custody-test-mongod-"));
  const serve = join(import.meta.dirname, "../../../support/mongo-peer/serve.ts");
  writeFileSync(join(folder, "mongod"), `#!/bin/sh\nexec "${process.execPath}" "${serve}" "$@"\n`);
  chmodSync(join(folder, "mongod"), 0o755);
  return folder;
}

test("with a mongod on the PATH the proof is a restore, and the target is not asked", async () => {
  const folder = mongodFolder();
  using _cleanUp = { [Symbol.dispose]: () => rmSync(folder, { recursive: true }) };
  await using peer = await startMongoPeer();
  await makeShop(await peer.connect());
  await using drop = await holdMongo(peer.url, shop, { PATH: `${folder}:/usr/bin:/bin` });
  const { held } = drop;
  const plan = await drop.plan();
  await held.fence(permit(), plan, { force: false });
  await held.makeTombstone(plan, drop.folder, progress, signal);
  const before = peer.commands.length;
  const proof = await held.proveTombstone(plan, drop.folder, progress, signal);
  expect(proof).toMatchObject({ isEqual: true, differences: [], how: "restored" });
  expect(peer.commands.length).toBe(before);
});

test("the inventory: databases by name, users by their ids", async () => {
  await using peer = await startMongoPeer();
  await makeShop(await peer.connect(), 3);
  const backend = openMongo(peer.url);
  await backend.ping(signal);
  const { items, systemIdentifier } = await backend.inventory(signal);
  expect(items.filter(({ part }) => part === "database").map(({ id }) => id)).toEqual([
    "admin",
    "db_shop",
    "shop_old",
    "db_other",
  ]);
  expect(items.filter(({ part }) => part === "user").every(({ id }) => /^[0-9a-f]{32}$/.test(id))).toBe(true);
  // Whatever address leads there: by what a server makes with its data.
  expect(systemIdentifier).toMatch(/^mongo:data:[0-9a-f]{32}$/);
});

test("a URL that cannot be read is not shown", async () => {
  const open = async (): Promise<unknown> => openMongo("mongodb://u:s3cret@[::1");
  const error = await open().catch((cause: unknown) => cause);
  expect(error).toMatchObject({ code: "bad-config" });
  expect(String(error)).not.toContain("s3cret");
});
