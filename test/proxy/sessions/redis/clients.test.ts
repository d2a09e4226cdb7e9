import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { createClient } from "@redis/client";
import { makeTenant, startRedis } from "../../../support/redis-server.ts";
import type { TestRedis } from "../../../support/redis-server.ts";
import { startRedisProxy } from "../../../support/redis-proxy.ts";
import type { RedisProxy } from "../../../support/redis-proxy.ts";
import { poll } from "../../../support/server-process.ts";

const run = promisify(execFile);

let redis: TestRedis;
let proxy: RedisProxy;

beforeAll(async () => {
  redis = await startRedis({ "repl-diskless-sync-delay": "0" });
  proxy = await startRedisProxy(redis, ({ destructions }) =>
    destructions.some(({ kind }) => kind === "flush") ? "refuse" : "pass",
  );
});
afterAll(async () => {
  await proxy[Symbol.asyncDispose]();
  await redis[Symbol.asyncDispose]();
});
beforeEach(async () => {
  await using admin = await redis.connect();
  await admin.ask("FLUSHALL");
});

async function cli(words: readonly string[], input = "", path = proxy.path): Promise<string> {
  const child = spawn("redis-cli", ["-s", path, ...words], { stdio: ["pipe", "pipe", "pipe"] });
  let text = "";
  child.stdout.on("data", (bytes: Buffer) => (text += bytes.toString()));
  child.stderr.on("data", (bytes: Buffer) => (text += bytes.toString()));
  child.stdin.end(input);
  await once(child, "close");
  return text;
}

describe("redis-cli", () => {
  test.each<[string, readonly string[], string]>([
    ["a command", ["SET", "a", "1"], ""],
    ["RESP3", ["-3", "CONFIG", "GET", "maxmem*"], ""],
    ["lines of a script", [], "SET a 1\nGET a\nLPUSH l 1 2\nLRANGE l 0 -1\nHGETALL none\nNOSUCHX\n"],
    ["a transaction", [], "MULTI\nSET a 1\nINCR a\nEXEC\n"],
    ["a repeated command", ["-r", "20", "INCR", "n"], ""],
    ["a bulk load", ["--pipe"], "SET a 1\r\n".repeat(5000)],
    ["a walk over the keys", ["--scan"], ""],
    ["its own help", ["COMMAND", "DOCS", "SET"], ""],
    ["CSV", ["--csv", "CONFIG", "GET", "save"], ""],
  ])("%s is answered as by the server", async (_, words, input) => {
    const through = await cli(words, input);
    await using admin = await redis.connect();
    await admin.ask("FLUSHALL");
    // How long a load took is no part of the answer.
    const steady = (text: string): string => text.replaceAll(/\d+\.\d+ seconds/gu, "");
    expect(steady(through)).toBe(steady(await cli(words, input, redis.socket)));
  });

  test("a refusal is an error, and the connection stays", async () => {
    const text = await cli([], "SET a 1\nFLUSHALL\nflushdb async\nGET a\n");
    expect(text.split("\n")).toEqual([
      "OK",
      "NOPERM custody: not allowed (recorded as drop 1234) custody drop approve 1234",
      "",
      "NOPERM custody: not allowed (recorded as drop 1234) custody drop approve 1234",
      "",
      "1",
      "",
    ]);
  });

  test("a copy of all data over a replication connection", async () => {
    await using admin = await redis.connect();
    await makeTenant(admin, "t1");
    const file = join(redis.folder, "copy.rdb");
    await run("redis-cli", ["-s", proxy.path, "--rdb", file]);
    expect((await stat(file)).size).toBeGreaterThan(10_000);
  });
});

describe.each([2, 3] as const)("@redis/client, RESP%d", (version) => {
  const connect = async (path = proxy.path) => {
    const client = createClient({
      RESP: version,
      socket: { path, tls: false, reconnectStrategy: false },
      maintNotifications: "disabled",
    });
    client.on("error", () => undefined);
    await client.connect();
    return client;
  };

  test("values, pipelines and transactions", async () => {
    const client = await connect();
    const many = await Promise.all(
      Array.from({ length: 1000 }, (_, index) => client.set(`k${index}`, `v${index}`)),
    );
    expect(new Set(many)).toEqual(new Set(["OK"]));
    expect(await client.mGet(["k1", "k999", "none"])).toEqual(["v1", "v999", null]);
    expect(await client.hSet("h", { a: "1", b: "2" })).toBe(2);
    expect({ ...(await client.hGetAll("h")) }).toEqual({ a: "1", b: "2" });
    expect(await client.multi().set("a", "1").incr("a").get("a").exec()).toEqual(["OK", 2, "2"] as never);
    const large = "x".repeat(5_000_000);
    await client.set("large", large);
    expect(await client.get("large")).toBe(large);
    client.destroy();
  });

  test("refusals among a thousand commands reach those who asked", async () => {
    const client = await connect();
    const told = await Promise.all(
      Array.from({ length: 1000 }, (_, index) =>
        index % 100 === 50
          ? client.flushAll().catch((error: Error) => error.message)
          : client.set(`k${index}`, String(index)),
      ),
    );
    for (const [index, each] of told.entries())
      expect(each).toBe(
        index % 100 === 50
          ? "NOPERM custody: not allowed (recorded as drop 1234) custody drop approve 1234"
          : "OK",
      );
    expect(await client.dbSize()).toBe(990);
    await expect(client.multi().set("a", "1").flushAll().exec()).rejects.toThrow(/EXECABORT/u);
    expect(await client.ping()).toBe("PONG");
    expect(await client.exists("a")).toBe(0);
    client.destroy();
  });

  test("subscriptions, while others publish", async () => {
    const subscriber = await connect();
    const publisher = await connect();
    const got: string[] = [];
    await subscriber.subscribe("news", (message) => void got.push(message));
    await subscriber.pSubscribe("n*", (message) => void got.push(message));
    for (let index = 0; index < 50; index += 1) await publisher.publish("news", `m${index}`);
    await poll(async () => got.length === 100);
    await subscriber.unsubscribe();
    await subscriber.pUnsubscribe();
    expect(Buffer.from(await subscriber.ping()).toString()).toBe("PONG");
    await expect(subscriber.flushDb()).rejects.toThrow(/NOPERM/u);
    expect(Buffer.from(await subscriber.ping()).toString()).toBe("PONG");
    subscriber.destroy();
    publisher.destroy();
  });

  test("a command that blocks does not hold up others, nor what comes behind it for ever", async () => {
    const waiting = await connect();
    const other = await connect();
    const popped = waiting.blPop("queue", 0);
    const refused = waiting.flushAll().catch((error: Error) => error.message);
    const pinged = waiting.ping();
    await other.rPush("queue", "job");
    expect({ ...(await popped) }).toEqual({ key: "queue", element: "job" });
    expect(await refused).toContain("NOPERM");
    expect(await pinged).toBe("PONG");
    waiting.destroy();
    other.destroy();
  });
});
