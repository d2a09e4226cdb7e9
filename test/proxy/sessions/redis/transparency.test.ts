import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { startRedis } from "../../../support/redis-server.ts";
import type { TestRedis } from "../../../support/redis-server.ts";
import { rawClient, startRedisProxy, talk } from "../../../support/redis-proxy.ts";
import type { RedisProxy } from "../../../support/redis-proxy.ts";

const refused = "NOPERM custody: not allowed (recorded as drop 1234) custody drop approve 1234";

let redis: TestRedis;
let proxy: RedisProxy;

beforeAll(async () => {
  redis = await startRedis();
  proxy = await startRedisProxy(redis, () => "refuse");
});
afterAll(async () => {
  await proxy[Symbol.asyncDispose]();
  await redis[Symbol.asyncDispose]();
});

describe("byte for byte what the server says", () => {
  test.each<[string, readonly string[]]>([
    [
      "values of every kind",
      [
        "SET a 1",
        "GET a",
        "GET none",
        "LPUSH l 1 2 3",
        "LRANGE l 0 -1",
        "HSET h a 1",
        "HGETALL h",
        "INCR n",
        "SMEMBERS none",
        "ZADD z 1.5 a",
        "ZSCORE z a",
      ],
    ],
    [
      "RESP3",
      [
        "HSET h2 a 1",
        "HELLO 3 SETNAME x",
        "HGETALL h2",
        "GET none",
        "ZADD z 1.5 a",
        "ZSCORE z a",
        "CLIENT TRACKING ON",
        "SMEMBERS none",
      ],
    ],
    ["a transaction", ["MULTI", "SET a 5", "LRANGE l 0 -1", "INCR a", "EXEC", "EXEC", "DISCARD"]],
    ["errors", ["GET", "LPUSH a x y", "SET", "HELLO 9", "AUTH", "SELECT x", "CLIENT REPLY x"]],
    ["empty lines", ["", "PING", "", "   ", "PING x"]],
    [
      "subscriptions",
      [
        "SUBSCRIBE x",
        "SUBSCRIBE x",
        "PSUBSCRIBE p*",
        "SSUBSCRIBE s",
        "PING",
        "GET a",
        "PUNSUBSCRIBE",
        "UNSUBSCRIBE x",
        "UNSUBSCRIBE",
        "SUNSUBSCRIBE",
      ],
    ],
    [
      "replies left out",
      [
        "CLIENT REPLY SKIP",
        "GET a",
        "GET a",
        "CLIENT REPLY OFF",
        "GET a",
        "CLIENT REPLY ON",
        "CLIENT REPLY SKIP",
        "SUBSCRIBE q",
        "UNSUBSCRIBE",
      ],
    ],
  ])("%s", async (_, lines) => {
    const hideId = (text: string): string => text.replaceAll(/(\$2\r\nid\r\n):\d+/gu, "$1:N");
    const direct = await startRedis();
    await using _direct = direct;
    const other = await startRedis();
    await using _other = other;
    await using through = await startRedisProxy(other, () => "refuse");
    expect(hideId(await talk(through.path, lines))).toBe(hideId(await talk(direct.socket, lines)));
  });
});

test("a conversation that cannot be read ends as the server ends it, after what came before", async () => {
  for (const [sent, problem] of [
    ["*1\r\n$04\r\nPING\r\n", "invalid bulk length"],
    ["*1x\r\n", "invalid multibulk length"],
    ["*1048577\r\n", "invalid multibulk length"],
    ["*1\r\n:4\r\n", "expected '$', got ':'"],
    ["*1\r\n$-1\r\n", "invalid bulk length"],
    ["*1\r\n$99999999999\r\n", "invalid bulk length"],
    ['PING "a"b\r\n', "unbalanced quotes in request"],
    ["x".repeat(65_537), "too big inline request"],
  ] as const) {
    using client = await rawClient(proxy.path);
    client.send(`GET none\r\n${sent}`);
    expect(await client.ended()).toBe(`$-1\r\n-ERR Protocol error: ${problem}\r\n`);
  }
});

test("a monitor sees what others do, and destroys nothing", async () => {
  using client = await rawClient(proxy.path);
  client.send("PING\r\nMONITOR\r\n");
  await client.until((text) => text === "+PONG\r\n+OK\r\n");
  await talk(redis.socket, ["SET seen 1"]);
  await client.until((text) => text.includes('"SET" "seen" "1"'));
  client.send("FLUSHALL\r\n");
  expect(await client.ended()).toEndWith(`-${refused}\r\n`);
});
