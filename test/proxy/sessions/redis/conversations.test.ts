import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { startRedis } from "../../../support/redis-server.ts";
import type { TestRedis } from "../../../support/redis-server.ts";
import { last, rawClient, startRedisProxy, talk } from "../../../support/redis-proxy.ts";
import type { RedisProxy } from "../../../support/redis-proxy.ts";

const refused = "NOPERM custody: not allowed (recorded as drop 1234) custody drop approve 1234";
const aborted = `-EXECABORT Transaction discarded because of: ${refused}\r\n`;

let redis: TestRedis;
let proxy: RedisProxy;
let settled: number;

beforeAll(async () => {
  redis = await startRedis();
  // FLUSHALL is refused, what is called after soft is done by custody; all else is let through and recorded.
  proxy = await startRedisProxy(redis, ({ destructions }) => {
    if (destructions.some(({ what }) => what === "FLUSHALL")) return "refuse";
    if (destructions.some(({ names }) => names.includes("soft"))) return "done";
    return destructions.some(({ names }) => names.includes("nobody")) ? "noop" : "forward";
  });
});
afterAll(async () => {
  await proxy[Symbol.asyncDispose]();
  await redis[Symbol.asyncDispose]();
});

/** The same through the proxy: with what was seen, and how each was settled. */
async function throughProxy(lines: readonly string[]): Promise<{
  readonly text: string;
  readonly seen: readonly string[];
  readonly settled: readonly unknown[];
}> {
  settled = proxy.decider.asked.length;
  const text = await talk(proxy.path, lines);
  return {
    text: text.slice(0, -last.length),
    seen: proxy.decider.seen().slice(settled),
    settled: proxy.decider.settled().slice(settled),
  };
}

describe("a refusal stands in its place, and the session goes on", () => {
  test.each<[string, readonly string[], string]>([
    ["alone", ["FLUSHALL"], `-${refused}\r\n`],
    [
      "in a pipeline",
      ["SET a 1", "GET a", "FLUSHALL", "GET a"],
      `+OK\r\n$1\r\n1\r\n-${refused}\r\n$1\r\n1\r\n`,
    ],
    ["behind what waits", ["BLPOP nothing 0.05", "FLUSHALL", "PING"], `*-1\r\n-${refused}\r\n+PONG\r\n`],
    [
      "several",
      ["FLUSHALL", "FLUSHALL", "PING", "FLUSHALL"],
      `-${refused}\r\n-${refused}\r\n+PONG\r\n-${refused}\r\n`,
    ],
    ["quoted", ['"FLUSH\\x41LL"', "'flushall' async"], `-${refused}\r\n-${refused}\r\n`],
    [
      "subscribed",
      ["SUBSCRIBE x y", "FLUSHALL", "UNSUBSCRIBE"],
      [
        "*3\r\n$9\r\nsubscribe\r\n$1\r\nx\r\n:1\r\n*3\r\n$9\r\nsubscribe\r\n$1\r\ny\r\n:2\r\n",
        `-${refused}\r\n`,
        "*3\r\n$11\r\nunsubscribe\r\n$1\r\nY\r\n:1\r\n*3\r\n$11\r\nunsubscribe\r\n$1\r\nY\r\n:0\r\n",
      ].join(""),
    ],
    [
      "in a transaction",
      ["MULTI", "SET a 2", "FLUSHALL", "EXEC", "GET a"],
      `+OK\r\n+QUEUED\r\n+QUEUED\r\n${aborted}$1\r\n1\r\n`,
    ],
    [
      "in one with more that is let through",
      ["MULTI", "FLUSHDB", "FLUSHALL", "EXEC", "GET a"],
      `+OK\r\n+QUEUED\r\n+QUEUED\r\n${aborted}$1\r\n1\r\n`,
    ],
    [
      "in one that was discarded nothing is refused",
      ["MULTI", "FLUSHALL", "DISCARD"],
      "+OK\r\n+QUEUED\r\n+OK\r\n",
    ],
    [
      "in one that the server refuses",
      ["MULTI", "NOSUCH", "FLUSHALL", "EXEC"],
      `+OK\r\n-ERR unknown command 'NOSUCH', with args beginning with: \r\n+QUEUED\r\n${aborted}`,
    ],
    [
      "behind a MULTI that was none",
      ["MULTI x", "FLUSHALL"],
      `-ERR wrong number of arguments for 'multi' command\r\n-${refused}\r\n`,
    ],
    [
      "behind a DISCARD that was none",
      ["MULTI", "DISCARD x", "FLUSHALL", "EXEC"],
      `+OK\r\n-ERR wrong number of arguments for 'discard' command\r\n+QUEUED\r\n${aborted}`,
    ],
    ["behind RESET", ["MULTI", "RESET", "FLUSHALL"], `+OK\r\n+RESET\r\n-${refused}\r\n`],
  ])("%s", async (_, lines, expected) => {
    const { text } = await throughProxy(lines);
    // In which order channels are left is the server's.
    expect(text.replaceAll(/(unsubscribe\r\n\$1\r\n)[xy]/gu, "$1Y")).toBe(expected);
  });

  test("in RESP3, where messages come in between", async () => {
    const { text } = await throughProxy([
      "HELLO 3",
      "SUBSCRIBE x",
      "MULTI",
      "PUBLISH x m",
      "FLUSHALL",
      "EXEC",
      "FLUSHALL",
      "GET a",
    ]);
    expect(text.slice(text.indexOf(">"))).toBe(
      `>3\r\n$9\r\nsubscribe\r\n$1\r\nx\r\n:1\r\n+OK\r\n+QUEUED\r\n+QUEUED\r\n${aborted}-${refused}\r\n$1\r\n1\r\n`,
    );
  });
});

test.each([
  ["its answer skipped", ["CLIENT REPLY SKIP", "FLUSHALL"]],
  ["an empty line behind the skip", ["CLIENT REPLY SKIP", "", "FLUSHALL"]],
  ["while nothing is answered", ["CLIENT REPLY OFF", "FLUSHALL"]],
  ["in a transaction whose beginning nobody saw", ["CLIENT REPLY SKIP", "MULTI", "FLUSHALL"]],
])("where answers cannot be counted a refusal ends the session: %s", async (_, lines) => {
  using client = await rawClient(proxy.path);
  client.send([...lines, "SET a 3", "EXEC", ""].join("\r\n"));
  expect(await client.ended()).toBe(`-${refused}\r\n`);
});

describe("what is let through is told of by the server", () => {
  test.each<[string, readonly string[], readonly string[], readonly string[]]>([
    ["done", ["SET k 1", "FLUSHDB"], ["flush FLUSHDB"], ["ok"]],
    ["nothing there", ["ACL DELUSER absent"], ["acl-user ACL DELUSER absent"], ["noop"]],
    ["the server's no", ["SWAPDB 0 99"], ["flush SWAPDB 0 99"], ["error"]],
    ["no such command", ["FLUSHALLX"], ["opaque unknown command FLUSHALLX"], ["error"]],
    [
      "a transaction that ran, recorded once",
      ["MULTI", "SET k 1", "FLUSHDB", "ACL DELUSER absent", "EXEC"],
      ["flush FLUSHDB; acl-user ACL DELUSER absent"],
      ["ok"],
    ],
    [
      "a transaction of nothing",
      ["MULTI", "ACL DELUSER absent", "WATCH k", "ACL DELUSER absent", "EXEC"],
      ["acl-user ACL DELUSER absent; acl-user ACL DELUSER absent"],
      ["noop"],
    ],
    [
      "a transaction that failed in it",
      ["SET s v", "MULTI", "SWAPDB 0 99", "EXEC"],
      ["flush SWAPDB 0 99"],
      ["error"],
    ],
    [
      "a transaction that did not run",
      ["MULTI", "FLUSHDB", "SWAPDB 0", "EXEC"],
      ["flush FLUSHDB; flush SWAPDB 0"],
      ["rolled_back"],
    ],
    ["a transaction discarded is nothing", ["MULTI", "FLUSHDB", "DISCARD"], [], []],
    ["nobody sees the answer", ["CLIENT REPLY SKIP", "FLUSHDB"], ["flush FLUSHDB"], ["unknown"]],
    ["a script", ["EVAL \"return redis.call('set','a','1')\" 0"], ["opaque EVAL"], ["ok"]],
    [
      "a script that says what it does",
      ["EVAL \"return redis.call('flushdb')\" 0"],
      ["flush EVAL … FLUSHDB"],
      ["ok"],
    ],
  ])("%s", async (_, lines, seen, outcomes) => {
    const told = await throughProxy(lines);
    expect(told).toMatchObject({ seen, settled: outcomes });
  });

  test("a key that was watched and has changed rolls the transaction back", async () => {
    using client = await rawClient(proxy.path);
    client.send("SET w 1\r\nWATCH w\r\n");
    await client.until((text) => text.endsWith("+OK\r\n+OK\r\n"));
    await talk(redis.socket, ["SET w 2"]);
    client.send("MULTI\r\nFLUSHDB\r\nEXEC\r\n");
    expect(await client.until((text) => text.endsWith("*-1\r\n"))).toEndWith("+QUEUED\r\n*-1\r\n");
    expect(proxy.decider.settled().at(-1)).toBe("rolled_back");
    expect(await talk(redis.socket, ["GET w"])).toBe(`$1\r\n2\r\n${last}`);
  });
});

test("what custody did itself is answered as the server would have", async () => {
  const { text } = await throughProxy([
    "ACL DELUSER soft",
    "ACL DELUSER nobody",
    "PING",
    "MULTI",
    "ACL DELUSER soft",
    "EXEC",
  ]);
  expect(text).toStartWith(":1\r\n:0\r\n+PONG\r\n+OK\r\n+QUEUED\r\n-EXECABORT ");
});

test("who speaks is known", async () => {
  await throughProxy(["SELECT 3", "CLIENT SETNAME ann", "SELECT 99", "FLUSHDB"]);
  expect(proxy.decider.asked.at(-1)?.sighting).toMatchObject({
    speaker: { role: "default", database: "3", applicationName: "ann", protocol: "redis", listener: "test" },
    isAlone: true,
    isInTransaction: false,
  });
});

test("commands that differ in values alone have one fingerprint", async () => {
  const lines = [
    "ACL DELUSER a1",
    "acl deluser b2",
    "ACL DELUSER a1 b2",
    "CONFIG SET maxmemory 1",
    "CONFIG SET maxmemory 2",
    "CONFIG SET dir /",
  ];
  const from = proxy.decider.asked.length;
  await throughProxy(lines);
  const prints = proxy.decider.asked.slice(from).map(({ sighting }) => sighting.fingerprint);
  expect(new Set(prints).size).toBe(4);
  expect(prints[0]).toBe(prints[1] ?? "");
  expect(prints[3]).toBe(prints[4] ?? "");
  await talk(redis.socket, ["CONFIG SET maxmemory 0"]);
});
