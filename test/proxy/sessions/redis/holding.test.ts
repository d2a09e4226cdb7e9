import { expect, test } from "bun:test";
import { startRedis } from "../../../support/redis-server.ts";
import { rawClient, startRedisProxy } from "../../../support/redis-proxy.ts";
import type { RedisProxy } from "../../../support/redis-proxy.ts";
import { poll } from "../../../support/server-process.ts";
import { listedGate, wireLimits } from "../../../support/scripted-decider.ts";

const asked = (proxy: RedisProxy, count = 1): Promise<unknown> =>
  poll(async () => proxy.decider.asked.length === count);

test("what comes behind a command that is held waits, and goes on in its order", async () => {
  await using redis = await startRedis();
  await using proxy = await startRedisProxy(redis, () => "hold");
  await using admin = await redis.connect();
  using client = await rawClient(proxy.path);
  client.send("SET a 1\r\nFLUSHALL\r\nSET b 2\r\n");
  client.send("GET b\r\n");
  await asked(proxy);
  await client.until((text) => text === "+OK\r\n");
  expect(await admin.ask("DBSIZE")).toBe(1);
  proxy.decider.asked[0]?.answer("forward");
  await client.until((text) => text === "+OK\r\n+OK\r\n+OK\r\n$1\r\n2\r\n");
  expect(await admin.ask("KEYS", "*")).toEqual([Buffer.from("b")]);
  expect(proxy.decider.settled()).toEqual(["ok"]);
});

test("a held command that is refused never runs, and the session goes on", async () => {
  await using redis = await startRedis();
  await using proxy = await startRedisProxy(redis, () => "hold");
  await using admin = await redis.connect();
  using client = await rawClient(proxy.path);
  client.send("SET a 1\r\nMULTI\r\nFLUSHALL\r\nEXEC\r\nGET a\r\n");
  await asked(proxy);
  proxy.decider.asked[0]?.answer("refuse");
  await client.until((text) => /EXECABORT [^\r]*\r\n\$1\r\n1\r\n$/u.test(text));
  expect(await admin.ask("DBSIZE")).toBe(1);
});

test.each(["closes its side", "goes away"])(
  "a client that %s while it waits: allowed too late, nothing runs",
  async (how) => {
    await using redis = await startRedis();
    await using proxy = await startRedisProxy(redis, () => "hold");
    await using admin = await redis.connect();
    using client = await rawClient(proxy.path);
    client.send("SET a 1\r\nFLUSHALL\r\nSET b 2\r\n");
    await asked(proxy);
    if (how === "goes away") client[Symbol.dispose]();
    else client.end();
    await poll(async () => proxy.decider.asked[0]?.watch.signal.aborted === true);
    proxy.decider.asked[0]?.answer("forward");
    await proxy.sessions[0]?.closed;
    expect(proxy.decider.settled()).toEqual(["rolled_back"]);
    expect(await admin.ask("KEYS", "*")).toEqual([Buffer.from("a")]);
  },
);

test("a server that goes away while its client waits ends the session, and what was sent is unknown", async () => {
  await using redis = await startRedis({ "enable-debug-command": "yes" });
  await using proxy = await startRedisProxy(redis, ({ destructions }) =>
    destructions[0]?.what === "EVAL" ? "forward" : "hold",
  );
  using client = await rawClient(proxy.path);
  client.send('EVAL "while true do end" 0\r\n');
  await asked(proxy);
  using other = await rawClient(proxy.path);
  other.send("FLUSHALL\r\n");
  await asked(proxy, 2);
  await redis.kill();
  await client.ended();
  await other.ended();
  expect(proxy.decider.settled()).toEqual(["unknown", null]);
  expect(proxy.decider.asked[1]?.watch.signal.aborted).toBe(true);
});

test("SHUTDOWN is answered by the end of the server", async () => {
  await using redis = await startRedis();
  await using proxy = await startRedisProxy(redis, () => "forward");
  using client = await rawClient(proxy.path);
  client.send("SHUTDOWN NOSAVE\r\n");
  await client.ended();
  expect(proxy.decider.settled()).toEqual(["ok"]);
});

test("a client that sends on and on while it waits is not read any further", async () => {
  await using redis = await startRedis();
  await using proxy = await startRedisProxy(redis, () => "hold", {
    limits: { ...wireLimits, wholeBytes: 100_000 },
  });
  using client = await rawClient(proxy.path);
  client.send("FLUSHALL\r\n");
  await asked(proxy);
  const many = 200_000;
  client.send("SET a 1\r\n".repeat(many));
  proxy.decider.asked[0]?.answer("refuse");
  const text = await client.until((got) => got.length > 5 * many);
  expect(text.match(/\+OK\r\n/gu)?.length).toBe(many);
});

test("sessions that are idle end when custody drains, those that wait when they are through", async () => {
  await using redis = await startRedis();
  const drain = new AbortController();
  await using proxy = await startRedisProxy(redis, () => "hold", { drain: drain.signal });
  using idle = await rawClient(proxy.path);
  using busy = await rawClient(proxy.path);
  idle.send("PING\r\n");
  busy.send("FLUSHALL\r\n");
  await asked(proxy);
  await idle.until((text) => text === "+PONG\r\n");
  drain.abort();
  expect(await idle.ended()).toBe("+PONG\r\n");
  proxy.decider.asked[0]?.answer("forward");
  expect(await busy.ended()).toBe("+OK\r\n");
});

test("nobody is dialled for a client that says nothing, and it is not waited for", async () => {
  await using redis = await startRedis();
  await using proxy = await startRedisProxy(redis, () => "pass", {
    limits: { ...wireLimits, startupMs: 50 },
    gate: listedGate(["default"]),
  });
  using silent = await rawClient(proxy.path);
  using slow = await rawClient(proxy.path);
  slow.send("PING\r\n*2\r\n$4\r\n");
  expect(await silent.ended()).toBe("");
  expect(await slow.ended()).toStartWith("-NOPERM default may not come in ");
  expect(proxy.dialled()).toBe(0);
});

test("a client that asks on and on behind a command that blocks is kept waiting, and answered in order", async () => {
  await using redis = await startRedis();
  await using proxy = await startRedisProxy(redis, () => "refuse");
  await using admin = await redis.connect();
  using client = await rawClient(proxy.path);
  client.send(`BLPOP q 0\r\n${"FLUSHALL\r\n".repeat(5000)}ECHO last\r\n`);
  await poll(async () => proxy.decider.asked.length >= 1000);
  expect(proxy.decider.asked.length).toBe(1000);
  await admin.ask("RPUSH", "q", "x");
  const text = await client.until((got) => got.endsWith("last\r\n"));
  expect(text.match(/-NOPERM/gu)?.length).toBe(5000);
  expect(text).toStartWith("*2\r\n$1\r\nq\r\n$1\r\nx\r\n-NOPERM");
});
