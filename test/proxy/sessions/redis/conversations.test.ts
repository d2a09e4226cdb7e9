import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { startRedis } from "../../../support/redis-server.ts";
import type { TestRedis } from "../../../support/redis-server.ts";
import { rawClient, startRedisProxy } from "../../../support/redis-proxy.ts";
import type { RedisProxy } from "../../../support/redis-proxy.ts";

const refused = "NOPERM custody: not allowed (recorded as drop 1234) custody drop approve 1234";
const aborted = `-EXECABORT Transaction discarded because of: ${refused}\r\n`;
const last = "$4\r\nlast\r\n";

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

/** What comes back to lines typed by hand, up to the answer to a last ECHO. */
async function talk(path: string, lines: readonly string[], end = "ECHO last"): Promise<string> {
  using client = await rawClient(path);
  client.send([...lines, end, ""].join("\r\n"));
  return await client.until((text) => text.endsWith(last));
}

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
    ["its answer skipped", ["CLIENT REPLY SKIP", "FLUSHALL", "PING"], "+PONG\r\n"],
    ["an empty line behind the skip", ["CLIENT REPLY SKIP", "", "FLUSHALL", "PING"], "+PONG\r\n"],
    [
      "while nothing is answered",
      ["CLIENT REPLY OFF", "FLUSHALL", "PING", "CLIENT REPLY ON", "PING"],
      "+OK\r\n+PONG\r\n",
    ],
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
      "in one whose beginning nobody saw",
      ["CLIENT REPLY SKIP", "MULTI", "FLUSHALL", "SET a 3", "EXEC", "GET a"],
      `-${refused}\r\n+QUEUED\r\n-EXECABORT Transaction discarded because of previous errors.\r\n$1\r\n1\r\n`,
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
