import { afterAll, beforeAll, beforeEach, expect, test } from "bun:test";
import { generateX25519Identity, identityToRecipient } from "age-encryption";
import { readdirSync } from "node:fs";
import { openRedisBackend } from "../../../../src/chokepoint/backends/redis/open-backend.ts";
import { openTombstoneFiles } from "../../../../src/chokepoint/tombstone-files.ts";
import {
  actionsOf,
  createWorld,
  dropRequest,
  person,
  provisioner,
  startInstance,
  untilState,
} from "../../../support/engine.ts";
import { makeTenant, readKeys, readUser, startRedis } from "../../../support/redis-server.ts";
import type { RedisClient, TestRedis } from "../../../support/redis-server.ts";

let redis: TestRedis;
let client: RedisClient;
const signal = new AbortController().signal;
const request = dropRequest({
  target: "cache",
  resourceType: "redis",
  providerResourceId: "usr_t1",
  token: "t1",
  intent: { names: { keys: "t1:" } },
});

beforeAll(async () => {
  redis = await startRedis();
  client = await redis.connect();
});
afterAll(async () => {
  await client[Symbol.asyncDispose]();
  await redis[Symbol.asyncDispose]();
});
beforeEach(async () => {
  await client.ask("FLUSHALL");
  for (const user of ["usr_t1", "usr_t2"]) await client.ask("ACL", "DELUSER", user);
  await makeTenant(client, "t1");
  await makeTenant(client, "t2");
});

async function start(tombstone: Readonly<Record<string, unknown>>) {
  const world = createWorld();
  const policy = redis.policy({
    approval: { default: "allow" },
    tombstone: { dir: `${redis.folder}/tombs`, ...tombstone },
  });
  const instance = startInstance(world, {
    name: `i${Math.random().toString(16).slice(2)}`,
    policy,
    backend: openRedisBackend({ policy, env: process.env }),
    tombstones: openTombstoneFiles({ env: process.env }),
  });
  return { world, instance };
}

test("requested, fenced at the answer, proved, encrypted, purged at the end of the retention, undone from the encrypted tombstone", async () => {
  const identity = await generateX25519Identity();
  const { world, instance } = await start({
    retention: "1s",
    keep: "10m",
    recipients: [await identityToRecipient(identity)],
    identities: [identity],
  });
  await using one = instance;
  const [keys, user] = [await readKeys(client, "t1:"), await readUser(client, "usr_t1")];
  const answer = await one.chokepoint.request(request, provisioner, signal);
  if (answer.kind !== "new") throw new Error(answer.kind);
  expect(answer.drop).toMatchObject({ state: "fenced", outcome: "ok" });
  expect(await readKeys(client, "t1:")).toEqual([]);
  const { dropId } = answer.drop;
  const done = await untilState(world, dropId, ["completed"]);
  expect(done.tombstone).toMatchObject({ isEncrypted: true, contents: { keys: keys.length } });
  expect(readdirSync(done.tombstone!.folder).filter((name) => !name.endsWith(".age"))).toEqual([
    "encrypted.json",
  ]);
  world.now = new Date(world.now.getTime() + 1001);
  await untilState(world, dropId, ["purged"]);
  expect(await readKeys(client, "custody_tomb_")).toEqual([]);
  await one.chokepoint.undo(dropId, person("ann"), { as: null, from: null });
  await untilState(world, dropId, ["undone"]);
  expect((await readKeys(client, "t1:")).length).toBe(keys.length);
  expect(await readUser(client, "usr_t1")).toBe(user);
  expect(JSON.stringify(world.store.events)).not.toMatch(/#[0-9a-f]{64}/);
  expect(actionsOf(world, dropId)).toContain("drop.proved");
  expect(one.bugs).toEqual([]);
});

test("the next owner of the names is dropped too while the first is still behind its fence; each comes back as itself", async () => {
  const { world, instance } = await start({ mode: "soft", retention: "10m" });
  await using one = instance;
  const drops: string[] = [];
  for (const requestId of ["r1", "r2"]) {
    const answer = await one.chokepoint.request({ ...request, requestId }, provisioner, signal);
    if (answer.kind !== "new") throw new Error(answer.kind);
    drops.push(answer.drop.dropId);
    await untilState(world, answer.drop.dropId, ["completed"]);
    if (requestId === "r1") {
      await makeTenant(client, "t1", "secret-of-t1");
      await client.ask("SET", "t1:string", "of the second");
    }
  }
  const [first = "", second = ""] = drops;
  await one.chokepoint.undo(first, person("ann"), { as: null, from: null });
  await untilState(world, first, ["undone"]);
  expect(String(await client.ask("GET", "t1:string"))).toBe("value");
  await one.chokepoint.undo(second, person("ann"), { as: "usr_second t7:", from: null });
  await untilState(world, second, ["undone"]);
  expect(String(await client.ask("GET", "t7:string"))).toBe("of the second");
  expect(one.bugs).toEqual([]);
});

test("destroyed at once where nothing is kept; nothing there is a noop", async () => {
  const { world, instance } = await start({ mode: "off" });
  await using one = instance;
  const others = await readKeys(client, "t2:");
  for (const [requestId, state, outcome] of [
    ["r1", "completed", "ok"],
    ["r2", "noop", "noop"],
  ] as const) {
    const answer = await one.chokepoint.request({ ...request, requestId }, provisioner, signal);
    if (answer.kind !== "new") throw new Error(answer.kind);
    const drop = await untilState(world, answer.drop.dropId, [state]);
    expect(drop.outcome).toBe(outcome);
  }
  expect(await readKeys(client, "t1:")).toEqual([]);
  expect(await readKeys(client, "custody_tomb")).toEqual([]);
  expect(await readKeys(client, "t2:")).toEqual([...others]);
  expect(one.bugs).toEqual([]);
});
