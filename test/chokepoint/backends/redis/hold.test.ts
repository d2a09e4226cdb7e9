import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { once } from "node:events";
import { openRedisBackend } from "../../../../src/chokepoint/backends/redis/open-backend.ts";
import type { Backend } from "../../../../src/chokepoint/backend.ts";
import type { Resource } from "../../../../src/chokepoint/resource.ts";
import { startRedis } from "../../../support/redis-server.ts";
import { poll } from "../../../support/server-process.ts";
import type { RedisClient, TestRedis } from "../../../support/redis-server.ts";

let redis: TestRedis;
let client: RedisClient;
let backend: Backend;
const signal = new AbortController().signal;
const t1: Resource = { type: "redis", names: { user: "usr_t1", keys: "t1:" } };
const keys: Resource = { type: "keys", names: { keys: "t1:" } };

beforeAll(async () => {
  redis = await startRedis();
  client = await redis.connect();
  backend = openRedisBackend({ policy: redis.policy(), env: process.env });
});
afterAll(async () => {
  await client[Symbol.asyncDispose]();
  await redis[Symbol.asyncDispose]();
});

async function connections(name: string): Promise<number> {
  const list = String(await client.ask("CLIENT", "LIST"));
  return list.split("\n").filter((line) => line.includes(` name=${name} `)).length;
}

describe("a held resource", () => {
  test("bears the drop's name, and is another drop's only when it is given back", async () => {
    const held = await backend.hold("d1", t1, signal);
    expect(await connections("custody:d1")).toBe(3);
    await expect(backend.hold("d2", keys, signal)).rejects.toMatchObject({ code: "state-in-use" });
    expect(await connections("custody:d2")).toBe(0);
    const ended = once(held.lost, "abort");
    await held[Symbol.asyncDispose]();
    await ended;
    await using other = await backend.hold("d2", keys, signal);
    expect(other.lost.aborted).toBe(false);
    expect(await client.ask("KEYS", "custody_lock:*")).toHaveLength(1);
  });

  test("is taken from who held it for the same drop: that one's connections are ended, and all that it does fails", async () => {
    const first = await backend.hold("d1", t1, signal);
    const { identity } = await backend.inspect(t1, { force: false, signal });
    const plan = await first.planFence(t1, identity);
    const lost = once(first.lost, "abort");
    await using second = await backend.hold("d1", t1, signal);
    await lost;
    await expect(first.standing(plan)).rejects.toMatchObject({ code: "connection-lost" });
    expect(await connections("custody:d1")).toBe(3);
    expect((await second.standing(plan)).standing).toBe("gone");
    await first[Symbol.asyncDispose]();
    // Who was taken over gives back nothing that is not its own.
    expect(await client.ask("KEYS", "custody_lock:*")).toHaveLength(2);
  });

  test("is lost when its lock is somebody else's", async () => {
    await using held = await backend.hold("d1", keys, signal);
    await client.ask("SET", "custody_lock:keys:t1:", "d9 another");
    await once(held.lost, "abort");
    await expect(held.planFence(keys, { systemIdentifier: "", parts: [] })).rejects.toMatchObject({
      code: "connection-lost",
    });
    await client.ask("DEL", "custody_lock:keys:t1:");
  });

  test("keeps its lock for longer than the lock lives by itself", async () => {
    await using held = await backend.hold("d1", keys, signal);
    await client.ask("PEXPIRE", "custody_lock:keys:t1:", 12_000);
    await poll(async () => ((await client.ask("PTTL", "custody_lock:keys:t1:")) as number) > 20_000);
    expect(held.lost.aborted).toBe(false);
  });
});

test("a drop's id that could be no part of a name is refused", async () => {
  await expect(backend.hold("d 1", t1, signal)).rejects.toMatchObject({ code: "bad-input" });
});
