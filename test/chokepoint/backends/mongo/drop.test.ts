import { expect, test } from "bun:test";
import { holdMongo } from "../../../support/mongo-drop.ts";
import { startMongoPeer } from "../../../support/mongo-peer.ts";
import { contentsOf, makeShop, shop } from "../../../support/mongo-shop.ts";
import { permit, progress, signal } from "../../../support/nats-drop.ts";

const force = { force: false };
const undoOptions = { as: null, progress, signal };

test("databases and users are fenced, kept, proved by reading back, and destroyed", async () => {
  await using peer = await startMongoPeer();
  await makeShop(await peer.connect());
  await using drop = await holdMongo(peer.url, shop);
  const { backend, held, folder, dropId } = drop;

  const inspection = await backend.inspect(shop, { force: false, signal });
  expect(inspection.identity.parts.map(({ part, name }) => [part, name])).toEqual([
    ["database", "db_shop"],
    ["legacy_database", "shop_old"],
    ["user", "usr_shop"],
    ["legacy_user", "usr_old"],
  ]);
  expect(inspection.notes.join("\n")).toContain("user reporting of admin loses its roles on it");

  const plan = await drop.plan();
  expect(JSON.stringify(plan.saved)).not.toContain("storedKey");
  expect(JSON.stringify(plan.secret)).toContain("of s3cret");
  expect((await held.standing(plan)).standing).toBe("intact");
  await held.fence(permit(), plan, force);
  await held.fence(permit(), plan, force);
  expect((await held.standing(plan)).standing).toBe("fenced");
  const roles = Object.fromEntries(peer.store.users.map(({ user, roles: has }) => [user, has]));
  expect(roles).toEqual({ usr_shop: [], usr_old: [], reporting: [{ role: "read", db: "db_other" }] });
  expect(peer.commands.some(({ name }) => name === "killAllSessions")).toBe(true);

  const made = await held.makeTombstone(plan, folder, progress, signal);
  expect(made.contents).toEqual({ databases: 2, collections: 4, documents: 302, users: 2 });
  const proof = await held.proveTombstone(plan, folder, progress, signal);
  expect(proof).toMatchObject({ isEqual: true, differences: [], how: "read-back" });

  expect((await held.destroyResource(permit("drop.purge_started"), plan)).standing).toBe("gone");
  expect((await held.destroyResource(permit("drop.purge_started"), plan)).standing).toBe("gone");
  expect([...peer.store.databases.keys()]).toEqual(["admin", "db_other"]);
  expect(peer.store.users.map(({ user }) => user)).toEqual(["reporting"]);
  const dropping = peer.commands.filter(({ name }) => name.startsWith("drop"));
  expect(dropping.map(({ name }) => name)).toEqual(["dropUser", "dropUser", "dropDatabase", "dropDatabase"]);
  expect(dropping.every(({ appName }) => appName === `custody:${dropId}`)).toBe(true);
});

test("an undo from the fence gives the roles back, compared", async () => {
  await using peer = await startMongoPeer();
  await makeShop(await peer.connect());
  const before = contentsOf(peer);
  await using drop = await holdMongo(peer.url, shop);
  const { held, folder } = drop;
  const plan = await drop.plan();
  await held.fence(permit(), plan, force);
  await held.makeTombstone(plan, folder, progress, signal);
  const from = { kind: "fence", folder } as const;
  const undo = permit("drop.undo_started");
  await expect(held.undo(undo, plan, from, { ...undoOptions, as: "db_new" })).rejects.toThrow(
    "cannot rename",
  );
  const undone = await held.undo(undo, plan, from, undoOptions);
  expect(undone.names).toEqual(shop.names);
  expect(undone.proof?.isEqual).toBe(true);
  expect(contentsOf(peer)).toEqual(before);
});

test("an undo from the tombstone brings every byte, index, option, view and credential back", async () => {
  await using peer = await startMongoPeer();
  await makeShop(await peer.connect());
  const before = contentsOf(peer);
  await using drop = await holdMongo(peer.url, shop);
  const { held, folder } = drop;
  const plan = await drop.plan();
  await held.fence(permit(), plan, force);
  await held.makeTombstone(plan, folder, progress, signal);
  await held.destroyResource(permit("drop.purge_started"), plan);
  const undo = permit("drop.undo_started");
  const undone = await held.undo(undo, plan, { kind: "tombstone", folder }, undoOptions);
  expect(undone.proof?.isEqual).toBe(true);
  expect(undone.notes).toEqual(["collection orders expires documents: those that are too old go again"]);
  expect(contentsOf(peer)).toEqual(before);
});

test("under another name where somebody has the old one", async () => {
  await using peer = await startMongoPeer();
  const client = await peer.connect();
  await makeShop(client, 10);
  await using drop = await holdMongo(peer.url, shop);
  const { held, folder } = drop;
  const plan = await drop.plan();
  await held.fence(permit(), plan, force);
  await held.makeTombstone(plan, folder, progress, signal);
  await held.destroyResource(permit("drop.purge_started"), plan);
  await client.db("db_shop").command({ insert: "new", documents: [{ _id: 1 }] });
  const undo = permit("drop.undo_started");
  const from = { kind: "tombstone", folder } as const;
  await expect(held.undo(undo, plan, from, undoOptions)).rejects.toMatchObject({ code: "name-in-use" });
  const undone = await held.undo(undo, plan, from, { ...undoOptions, as: "db_back" });
  expect(undone.names).toMatchObject({ database: "db_back", legacy_database: "shop_old" });
  expect([...peer.store.databases.get("db_back")!.keys()].toSorted()).toEqual(["odd", "orders", "totals"]);
  expect([...peer.store.databases.get("db_shop")!.keys()]).toEqual(["new"]);
  const user = peer.store.users.find((each) => each["user"] === "usr_shop")!;
  expect(user["roles"][0]).toEqual({ role: "readWrite", db: "db_back" });
});

test("a user alone", async () => {
  await using peer = await startMongoPeer();
  await makeShop(await peer.connect(), 3);
  const resource = { type: "mongo-user", names: { user: "usr_shop" } } as const;
  await using drop = await holdMongo(peer.url, resource);
  const { held, folder } = drop;
  const plan = await drop.plan();
  await held.fence(permit(), plan, force);
  await held.makeTombstone(plan, folder, progress, signal);
  expect(await held.proveTombstone(plan, folder, progress, signal)).toMatchObject({ isEqual: true });
  await held.destroyResource(permit("drop.purge_started"), plan);
  expect(peer.store.users).toHaveLength(2);
  await held.undo(permit("drop.undo_started"), plan, { kind: "tombstone", folder }, undoOptions);
  expect(peer.store.users.find((each) => each["user"] === "usr_shop")).toMatchObject({
    credentials: { "SCRAM-SHA-256": { storedKey: "of s3cret" } },
  });
  expect(peer.store.databases.has("db_shop")).toBe(true);
});

test("a user that somebody removed behind the fence keeps nothing from coming back, and comes back itself", async () => {
  await using peer = await startMongoPeer();
  const client = await peer.connect();
  await makeShop(client, 5);
  const before = contentsOf(peer);
  await using drop = await holdMongo(peer.url, shop);
  const { held } = drop;
  const plan = await drop.plan();
  await held.fence(permit(), plan, force);
  await client.db("admin").command({ dropUser: "usr_shop" });
  expect((await held.standing(plan)).standing).toBe("fenced");
  await held.undo(permit("drop.undo_started"), plan, { kind: "fence", folder: null }, undoOptions);
  expect(contentsOf(peer)).toEqual(before);
});

test("back under another name it leaves its fence: the purge takes the database, not the user that is back", async () => {
  await using peer = await startMongoPeer();
  await makeShop(await peer.connect(), 5);
  const resource = { type: "mongo", names: { database: "db_shop", user: "usr_shop" } } as const;
  await using drop = await holdMongo(peer.url, resource);
  const { held, folder } = drop;
  const plan = await drop.plan();
  await held.fence(permit(), plan, force);
  await held.makeTombstone(plan, folder, progress, signal);
  const from = { kind: "tombstone", folder } as const;
  await held.undo(permit("drop.undo_started"), plan, from, { ...undoOptions, as: "db_back" });
  expect((await held.standing(plan)).standing).toBe("fenced");
  await held.destroyResource(permit("drop.purge_started"), plan);
  expect([...peer.store.databases.keys()].filter((name) => name.startsWith("db_"))).toEqual([
    "db_other",
    "db_back",
  ]);
  expect(peer.store.users.some((each) => each["user"] === "usr_shop")).toBe(true);
});
