import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { jetstreamManager } from "@nats-io/jetstream";
import type { Backend } from "../../../src/chokepoint/backend.ts";
import { openNatsBackend } from "../../../src/chokepoint/backends/nats/open.ts";
import { openRedisBackend } from "../../../src/chokepoint/backends/redis/open-backend.ts";
import type { FencePlan } from "../../../src/chokepoint/drop.ts";
import type { Resource } from "../../../src/chokepoint/resource.ts";
import { holdMongo, openMongo } from "../../support/mongo-drop.ts";
import { startMongoPeer } from "../../support/mongo-peer.ts";
import { contentsOf, makeShop, shop } from "../../support/mongo-shop.ts";
import { natsPolicy, permit, progress, signal } from "../../support/nats-drop.ts";
import { startNats } from "../../support/nats-server.ts";
import { makeOrders, orders } from "../../support/nats-shop.ts";
import { makeTenant, readKeys, readUser, startRedis } from "../../support/redis-server.ts";

const folder = mkdtempSync(join(tmpdir(), "custody-test-elsewhere-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A drop that was decided on at one server; whatever its state, another one with the same names is left alone. */
async function expectNothingDone(
  here: Backend,
  elsewhere: Backend,
  resource: Resource,
): Promise<{ readonly plan: FencePlan; readonly refused: number }> {
  const { identity } = await here.inspect(resource, { force: false, signal });
  await using held = await here.hold("d1", resource, signal);
  const plan = JSON.parse(JSON.stringify(await held.planFence(resource, identity))) as FencePlan;
  await using other = await elsewhere.hold("d1", resource, signal);
  const options = { as: null, progress, signal };
  const undo = permit("drop.undo_started");
  const attempts = [
    () => other.planFence(resource, identity),
    () => other.fence(permit(), plan, { force: true }),
    () => other.standing(plan),
    () => other.makeTombstone(plan, join(folder, "made"), progress, signal),
    () => other.undo(undo, plan, { kind: "fence", folder: null }, options),
    () => other.undo(undo, plan, { kind: "tombstone", folder }, options),
    () => other.destroyResource(permit("drop.started"), plan),
    () => other.destroyResource(permit("drop.purge_started"), plan),
  ];
  for (const attempt of attempts)
    await expect(attempt()).rejects.toMatchObject({ code: "unsupported-server" });
  return { plan, refused: attempts.length };
}

describe("a drop that was planned on one server does nothing on another that has the same names", () => {
  test("two servers of Redis, the same users, passwords and keys", async () => {
    await using here = await startRedis();
    await using elsewhere = await startRedis();
    for (const each of [here, elsewhere]) {
      await using client = await each.connect();
      await makeTenant(client, "t1");
    }
    await using client = await elsewhere.connect();
    const before = [await readKeys(client, ""), await readUser(client, "usr_t1")];
    const t1: Resource = { type: "redis", names: { user: "usr_t1", keys: "t1:" } };
    const [one, other] = [here, elsewhere].map((each) =>
      openRedisBackend({ policy: each.policy(), env: process.env }),
    );
    await expectNothingDone(one!, other!, t1);
    expect([await readKeys(client, ""), await readUser(client, "usr_t1")]).toEqual(before);
  });

  test("two servers of NATS, the same streams", async () => {
    await using here = await startNats();
    await using elsewhere = await startNats();
    for (const each of [here, elsewhere]) await makeOrders(await each.connect(), 20);
    const manager = await jetstreamManager(await elsewhere.connect());
    const read = async (): Promise<unknown> => {
      const { config, created, state } = await manager.streams.info("db_orders");
      return { config, created, state };
    };
    const before = await read();
    const [one, other] = [here, elsewhere].map(({ url }) =>
      openNatsBackend({ policy: natsPolicy(url), env: process.env }),
    );
    await expectNothingDone(one!, other!, orders);
    expect(await read()).toEqual(before);
    // What is not there is not gone: it stands on the other server.
    await manager.streams.delete("db_orders");
    await expectNothingDone(one!, other!, orders);
  });

  test("two servers of MongoDB, the same databases and users", async () => {
    await using here = await startMongoPeer();
    await using elsewhere = await startMongoPeer();
    for (const each of [here, elsewhere]) await makeShop(await each.connect(), 10);
    const before = contentsOf(elsewhere);
    await expectNothingDone(openMongo(here.url), openMongo(elsewhere.url), shop);
    expect(contentsOf(elsewhere)).toEqual(before);
  });
});

test("a server of Redis that lost its memory is the same again once somebody says so", async () => {
  await using redis = await startRedis();
  await using client = await redis.connect();
  await makeTenant(client, "t1");
  const backend = openRedisBackend({ policy: redis.policy(), env: process.env });
  const t1: Resource = { type: "keys", names: { keys: "t1:" } };
  const { identity } = await backend.inspect(t1, { force: false, signal });
  await using held = await backend.hold("d1", t1, signal);
  const plan = await held.planFence(t1, identity);
  await held.fence(permit(), plan, { force: false });
  await client.ask("FLUSHALL");
  const refused = await held.standing(plan).catch((error: unknown) => error);
  expect(refused).toMatchObject({ code: "unsupported-server" });
  const said = /SET custody_server (\S+?),/.exec((refused as { readonly hint: string }).hint);
  await client.ask("SET", "custody_server", said?.[1] ?? "");
  expect((await held.standing(plan)).standing).toBe("gone");
});

test("a mark of NATS outlives restarts, is no stream of anybody's, and cannot be dropped", async () => {
  await using server = await startNats();
  await makeOrders(await server.connect(), 5);
  const backend = openNatsBackend({ policy: natsPolicy(server.url), env: process.env });
  const [one, other] = await Promise.all([backend.inventory(signal), backend.inventory(signal)]);
  expect(one.systemIdentifier).toMatch(/^nats:[0-9a-f-]{36}$/);
  expect(other.systemIdentifier).toBe(one.systemIdentifier);
  expect(one.items.filter(({ name }) => name.includes("custody"))).toEqual([]);
  await server.restart();
  expect((await backend.inventory(signal)).systemIdentifier).toBe(one.systemIdentifier);
  expect(backend.reserved).toContain("custody_server");
});

test("who may only look at NATS sees no mark and can plan nothing", async () => {
  const rights = '"$JS.API.STREAM.LIST", "$JS.API.STREAM.INFO.*", "$JS.API.CONSUMER.LIST.*"';
  await using server = await startNats(`
    authorization { users = [
      { user: "shop", password: "s" }
      { user: "reader", password: "r", permissions: { publish = [${rights}], subscribe = ["_INBOX.custody.>"] } }
    ] }`);
  await makeOrders(await server.connect({ user: "shop", pass: "s" }), 5);
  const url = server.url.replace("nats://", "nats://reader:r@");
  const backend = openNatsBackend({ policy: natsPolicy(url), env: process.env });
  const { identity } = await backend.inspect(orders, { force: false, signal });
  expect(identity.systemIdentifier).toBe("nats:unmarked:-:-");
  await using held = await backend.hold("d1", orders, signal);
  await expect(held.planFence(orders, identity)).rejects.toMatchObject({
    code: "permission-denied",
    hint: expect.stringContaining("STREAM.CREATE.custody_server"),
  });
});

test("a database that was made again under its name on the same server of MongoDB is another's", async () => {
  await using peer = await startMongoPeer();
  const client = await peer.connect();
  await makeShop(client, 10);
  await using drop = await holdMongo(peer.url, { type: "mongo-database", names: { database: "db_shop" } });
  const plan = await drop.plan();
  await client.db("db_shop").dropDatabase();
  await client.db("db_shop").createCollection("orders");
  expect((await drop.held.standing(plan)).standing).toBe("gone");
  expect((await drop.held.destroyResource(permit("drop.purge_started"), plan)).standing).toBe("gone");
  expect(peer.store.databases.has("db_shop")).toBe(true);
});
