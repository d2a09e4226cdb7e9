import { expect, test } from "bun:test";
import { readdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { holdMongo } from "../../../support/mongo-drop.ts";
import type { MongoDrop } from "../../../support/mongo-drop.ts";
import { startMongoPeer } from "../../../support/mongo-peer.ts";
import type { MongoPeer } from "../../../support/mongo-peer.ts";
import { PeerError } from "../../../support/mongo-peer/commands.ts";
import { contentsOf, makeShop, shop } from "../../../support/mongo-shop.ts";
import { permit, progress, signal } from "../../../support/nats-drop.ts";

const undoOptions = { as: null, progress, signal };

/** Runs a step over and over, its connection cut after the first, the second … of its commands, until it got through. */
async function cutEverywhere(peer: MongoPeer, step: () => Promise<unknown>): Promise<number> {
  for (let cut = 1; ; cut += 1) {
    let seen = 0;
    peer.fault = () => {
      seen += 1;
      return seen === cut ? "cut" : null;
    };
    const isThrough = await step().then(
      () => true,
      () => false,
    );
    peer.fault = null;
    if (isThrough && seen < cut) return cut - 1;
    if (cut > 200) throw new Error("it never gets through");
  }
}

async function fenced(drop: MongoDrop): ReturnType<MongoDrop["plan"]> {
  const plan = await drop.plan();
  await drop.held.fence(permit(), plan, { force: false });
  return plan;
}

test("cut off after any command, each step is finished by the next try", async () => {
  await using peer = await startMongoPeer();
  await makeShop(await peer.connect(), 120);
  const before = contentsOf(peer);
  await using first = await holdMongo(peer.url, shop);
  const plan = await first.plan();
  const { folder } = first;
  /** A cut connection is never used again: the next instance holds the target anew. */
  const anew = async (work: (drop: MongoDrop) => Promise<unknown>): Promise<unknown> => {
    await using drop = await holdMongo(peer.url, shop);
    return await work(drop);
  };
  const fence = (): Promise<unknown> => anew(({ held }) => held.fence(permit(), plan, { force: false }));
  const keep = (): Promise<unknown> => anew(({ held }) => held.makeTombstone(plan, folder, progress, signal));
  const destroy = (): Promise<unknown> =>
    anew(({ held }) => held.destroyResource(permit("drop.purge_started"), plan));
  const undo = (kind: "fence" | "tombstone") => (): Promise<unknown> =>
    anew(({ held }) => held.undo(permit("drop.undo_started"), plan, { kind, folder }, undoOptions));

  expect(await cutEverywhere(peer, fence)).toBeGreaterThan(4);
  expect(await cutEverywhere(peer, keep)).toBeGreaterThan(4);
  expect(await cutEverywhere(peer, undo("fence"))).toBeGreaterThan(4);
  expect(contentsOf(peer)).toEqual(before);
  await fence();
  expect(await first.held.proveTombstone(plan, folder, progress, signal)).toMatchObject({ isEqual: true });
  expect(await cutEverywhere(peer, destroy)).toBeGreaterThan(4);
  expect([...peer.store.databases.keys()]).toEqual(["admin", "db_other"]);
  expect(await cutEverywhere(peer, undo("tombstone"))).toBeGreaterThan(10);
  expect(contentsOf(peer)).toEqual(before);
}, 60_000);

test("a proof fails where the source is not what was read, and where a file is not", async () => {
  await using peer = await startMongoPeer();
  const client = await peer.connect();
  await makeShop(client, 20);
  await using drop = await holdMongo(peer.url, shop);
  const { held, folder } = drop;
  const plan = await fenced(drop);
  const prove = (): ReturnType<typeof held.proveTombstone> =>
    held.proveTombstone(plan, folder, progress, signal);
  await expect(prove()).rejects.toThrow("no manifest");
  await held.makeTombstone(plan, folder, progress, signal);
  await client.db("db_shop").command({ insert: "orders", documents: [{ _id: "late" }] });
  expect((await prove()).differences).toEqual(["collection orders: 21 documents, expected 20"]);
  await held.makeTombstone(plan, folder, progress, signal);
  expect(await prove()).toMatchObject({ isEqual: true, how: "read-back" });

  const file = readdirSync(folder).find((name) => name.endsWith(".bson"));
  const path = join(folder, file!);
  const whole = readFileSync(path);
  truncateSync(path, whole.length - 1);
  await expect(prove()).rejects.toThrow("is cut off");
  whole[whole.length - 3]! ^= 1;
  writeFileSync(path, whole);
  await expect(prove()).rejects.toThrow("not the one that was written");
});

test("a document that could not be written back byte for byte leaves the tombstone unproved", async () => {
  await using peer = await startMongoPeer();
  await makeShop(await peer.connect(), 5);
  // {"_id": 1, "a": 1, "a": 2}: a server takes it, a driver's object cannot hold it.
  const twice = Buffer.from("1c000000105f69640001000000106100010000001061000200000000", "hex");
  peer.store.databases.get("db_shop")!.get("odd")!.documents.push(twice);
  await using drop = await holdMongo(peer.url, shop);
  const plan = await fenced(drop);
  await drop.held.makeTombstone(plan, drop.folder, progress, signal);
  const proof = await drop.held.proveTombstone(plan, drop.folder, progress, signal);
  expect(proof.isEqual).toBe(false);
  expect(proof.differences[0]).toContain("1 documents could not be written back");
});

test("another's user, database and collection are left alone", async () => {
  await using peer = await startMongoPeer();
  const client = await peer.connect();
  await makeShop(client, 5);
  await using drop = await holdMongo(peer.url, shop);
  const { held, backend } = drop;
  const { identity } = await backend.inspect(shop, { force: false, signal });
  const plan = await fenced(drop);
  await client.db("db_shop").command({ insert: "newer", documents: [{ _id: 1 }] });
  const purge = permit("drop.purge_started");
  await expect(held.destroyResource(purge, plan)).rejects.toThrow("collections that were made since: newer");
  expect(peer.store.databases.has("db_shop")).toBe(true);

  await client.db("db_shop").command({ dropDatabase: 1 });
  await client.db("shop_old").command({ dropDatabase: 1 });
  await client.db("admin").command({ dropUser: "usr_shop" });
  await client.db("shop_old").command({ dropUser: "usr_old" });
  await makeShop(client, 7).catch(() => undefined);
  expect((await held.standing(plan)).standing).toBe("gone");
  expect((await held.destroyResource(purge, plan)).standing).toBe("gone");
  expect(peer.store.databases.get("db_shop")?.get("orders")?.documents).toHaveLength(7);
  expect(peer.store.users.some(({ user }) => user === "usr_shop")).toBe(true);
  await expect(held.fence(permit(), plan, { force: false })).rejects.toThrow("made again");
  await expect(held.planFence(shop, identity)).rejects.toThrow("not what the drop was decided on");
});

test("a purge does not destroy what somebody took out of its fence; half a destruction is told", async () => {
  await using peer = await startMongoPeer();
  const client = await peer.connect();
  await makeShop(client, 5);
  await using drop = await holdMongo(peer.url, shop);
  const { held } = drop;
  const plan = await drop.plan();
  await expect(held.destroyResource(permit("drop.purge_started"), plan)).rejects.toThrow(
    "not behind its fence",
  );
  await client.db("admin").command({ dropUser: "usr_shop" });
  expect((await held.standing(plan)).standing).toBe("intact");
  // The other user has its roles: what it uses is not destroyed under it.
  await expect(held.destroyResource(permit("drop.purge_started"), plan)).rejects.toThrow(
    "not behind its fence",
  );
  await held.fence(permit(), plan, { force: false });
  expect((await held.destroyResource(permit("drop.purge_started"), plan)).standing).toBe("gone");
});

test("what custody may not do is told: credentials, sessions, system.users", async () => {
  await using peer = await startMongoPeer();
  await makeShop(await peer.connect(), 5);
  const denied = new PeerError(13, "Unauthorized", "not authorized on admin to execute command");
  peer.fault = ({ name, body }) => {
    const isSecret = name === "usersInfo" && body["showCredentials"] === true;
    const isUsers = name === "insert" && body["insert"] === "system.users";
    return isSecret || isUsers || name === "killAllSessions" || name === "currentOp" ? denied : null;
  };
  await using drop = await holdMongo(peer.url, shop);
  const { held, folder, backend } = drop;
  const { notes } = await backend.inspect(shop, { force: false, signal });
  expect(notes.join("\n")).toContain("custody may not read credentials");
  const plan = await fenced(drop);
  expect(plan.secret).toBeNull();
  await held.makeTombstone(plan, folder, progress, signal);
  await held.destroyResource(permit("drop.purge_started"), plan);
  const undo = permit("drop.undo_started");
  const undone = await held.undo(undo, plan, { kind: "tombstone", folder }, undoOptions);
  expect(undone.notes.join("\n")).toContain("user usr_shop of admin is not given back");
  const forged = { ...undo };
  await expect(held.destroyResource(forged, plan)).rejects.toThrow("without a recorded decision");
});

test("a server that goes away is told", async () => {
  const peer = await startMongoPeer();
  await makeShop(await peer.connect(), 5);
  await using drop = await holdMongo(peer.url, shop);
  const lost = new Promise((resolve) => {
    drop.held.lost.addEventListener("abort", () => resolve(drop.held.lost.reason));
  });
  await peer[Symbol.asyncDispose]();
  expect(await lost).toMatchObject({ code: "connection-lost" });
});
