import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { temporaryFolder } from "../../../support/run-commands.ts";
import { startLosingRedis } from "../../../support/redis-losses.ts";
import type { LosingRedis } from "../../../support/redis-losses.ts";
import { rawClient, startRedisProxy } from "../../../support/redis-proxy.ts";
import type { RedisProxy } from "../../../support/redis-proxy.ts";
import { command } from "../../../../src/wire/redis/write-reply.ts";

/** Of 120 keys. */
const all = Array.from({ length: 120 }, (_, index) => `k${index}`);
const bulk = (...words: readonly string[]): string => Buffer.from(command(...words)).toString("latin1");
const lines = (...each: readonly string[]): string => each.map((line) => `${line}\r\n`).join("");

/** Commands after which the server lacks something, when nobody stands in front of it. */
const destroys: readonly string[] = [
  lines("FLUSHALL"),
  "FLUSHALL\n",
  "flushall async\n",
  "  FlushAll \t\r\n",
  '"FLUSHALL"\r\n',
  '"FLUSH\\x41LL"\n',
  '"\\x46\\x4c\\x55\\x53\\x48\\x41\\x4c\\x4c"\n',
  "'FLUSHALL'\n",
  "'flush'all'\n".replace("'flush'all'", "flush'all'"),
  'FLUSH"ALL"\n',
  "\vFLUSHALL\n",
  "\f\tFLUSHDB\n",
  "\r\n\n\r\nFLUSHDB\r\n",
  "*0\r\n*-1\r\nFLUSHDB\r\n",
  bulk("FLUSHALL"),
  bulk("flushDB"),
  bulk("FLUSHALL", "SYNC"),
  bulk("FLUSHDB", "async"),
  bulk("PING") + bulk("FLUSHALL") + bulk("PING"),
  bulk("SELECT", "1") + bulk("FLUSHDB"),
  bulk("SET", "FLUSHALL", "*1\r\n$8\r\nFLUSHALL\r\n") + bulk("FLUSHALL"),
  "PING\r\n" + bulk("FLUSHALL"),
  bulk("PING") + "FLUSHALL\r\n",
  bulk("GET") + bulk("FLUSHALL"),
  bulk("BLPOP", "none", "0.01") + bulk("FLUSHALL"),
  bulk("CLIENT", "REPLY", "OFF") + bulk("FLUSHALL") + bulk("CLIENT", "REPLY", "ON"),
  bulk("CLIENT", "REPLY", "SKIP") + bulk("FLUSHALL"),
  bulk("CLIENT", "REPLY", "SKIP") + "\r\n" + bulk("FLUSHALL"),
  bulk("HELLO", "3") + bulk("FLUSHALL"),
  bulk("AUTH", "ann", "secret") + bulk("FLUSHALL"),
  bulk("AUTH", "ann", "wrong") + bulk("FLUSHALL"),
  bulk("MULTI") + bulk("FLUSHALL") + bulk("EXEC"),
  lines("multi", "set a 1", '"flush\\x61ll"', "exec"),
  bulk("MULTI", "x") + bulk("FLUSHALL"),
  bulk("MULTI") + bulk("DISCARD") + bulk("FLUSHALL"),
  bulk("MULTI") + bulk("RESET") + bulk("FLUSHALL"),
  bulk("MULTI") + bulk("MULTI") + bulk("FLUSHALL") + bulk("EXEC"),
  bulk("MULTI") + bulk("WATCH", "k1") + bulk("FLUSHALL") + bulk("EXEC"),
  bulk("MULTI") + bulk("EXEC") + bulk("FLUSHALL"),
  bulk("CLIENT", "REPLY", "SKIP") + bulk("MULTI") + bulk("FLUSHALL") + bulk("EXEC"),
  bulk("SWAPDB", "0", "1"),
  lines("swapdb 1 0"),
  bulk("ACL", "DELUSER", "ann"),
  bulk("acl", "deluser", "nobody", "ann"),
  lines('ACL "del\\x75ser" ann'),
  bulk("ACL", "SETUSER", "ann", "reset"),
  bulk("ACL", "SETUSER", "ann", "off"),
  bulk("ACL", "SETUSER", "ann", "-@ALL"),
  bulk("ACL", "SETUSER", "ann", "RESETKEYS"),
  bulk("ACL", "LOAD"),
  bulk("CONFIG", "SET", "maxmemory", "1"),
  bulk("CONFIG", "SET", "maxmemory-policy", "allkeys-random", "maxmemory", "1mb"),
  bulk("CONFIG", "SET", "MaxMemory", "64KB"),
  bulk("config", "set", "dir", "/"),
  bulk("CONFIG", "SET", "dbfilename", "x.rdb"),
  bulk("CONFIG", "SET", "requirepass", "mine"),
  bulk("CONFIG", "SET", "protected-mode", "no"),
  bulk("REPLICAOF", "127.0.0.1", "1"),
  lines("slaveof 127.0.0.1 1"),
  bulk("DEBUG", "RELOAD", "NOSAVE"),
  bulk("FUNCTION", "FLUSH"),
  bulk("EVAL", "return redis.call('flushall')", "0"),
  bulk("EVAL", "return redis.call('flush' .. 'db')", "0"),
  bulk("MULTI") + bulk("EVAL", "return redis.call('FLUSHDB')", "0") + bulk("EXEC"),
  bulk("FCALL", "wipe", "0"),
  bulk("DEL", ...all),
  bulk("unlink", ...all),
  lines(`del ${all.join(" ")}`),
];

/** Commands that look the part, and that nobody is asked about. */
const nothing: readonly string[] = [
  bulk("SET", "FLUSHALL", "FLUSHALL"),
  bulk("SET", "k1", "\r\nFLUSHALL\r\n"),
  bulk("SET", "k1", "*1\r\n$8\r\nFLUSHALL\r\n"),
  bulk("ECHO", "FLUSHALL"),
  bulk("GET", "FLUSHALL"),
  bulk("PUBLISH", "FLUSHALL", "FLUSHALL"),
  lines('ECHO "FLUSHALL\\r\\nFLUSHALL"'),
  lines("ECHO 'FLUSHALL'"),
  bulk("MULTI") + bulk("FLUSHALL") + bulk("DISCARD"),
  bulk("MULTI") + bulk("SET", "x", "FLUSHALL") + bulk("EXEC"),
  bulk("ACL", "LIST"),
  bulk("ACL", "SETUSER", "bob", "on", ">x", "~*", "+@all"),
  bulk("ACL", "WHOAMI"),
  bulk("CONFIG", "GET", "maxmemory"),
  bulk("CONFIG", "SET", "maxmemory", "0"),
  bulk("CONFIG", "SET", "slowlog-max-len", "10"),
  bulk("REPLICAOF", "NO", "ONE"),
  bulk("COMMAND", "INFO", "FLUSHALL"),
  bulk("DEL", "none"),
  bulk("RESTORE", "r", "0", "x"),
  bulk("EVAL_RO", "return redis.call('flushall')", "0"),
  bulk("FUNCTION", "LIST"),
  bulk("SCRIPT", "LOAD", "return redis.call('flushall')"),
  bulk("CLUSTER", "INFO"),
  bulk("DEBUG", "OBJECT", "k1"),
  bulk("MEMORY", "PURGE"),
  bulk("XADD", "s", "*", "FLUSHALL", "1"),
  bulk("HELLO", "3") + bulk("HELLO", "2"),
];

/** Commands that could, and did not: somebody is asked. */
const doubted: readonly string[] = [
  bulk("FLUSHALLX"),
  bulk("FLUSHALL "),
  bulk("FLUSHALL\0"),
  bulk(""),
  bulk("EVAL", "return 1", "0"),
  bulk("EVALSHA", "0".repeat(40), "0"),
  bulk("FLUSHALL", "now"),
  bulk("ACL", "DELUSER", "nobody"),
  bulk("MIGRATE", "127.0.0.1", "1", "k1", "0", "10"),
  bulk("MODULE", "LOAD", "/nowhere.so"),
  bulk("RESTORE", "k1", "0", "x", "REPLACE"),
  bulk("MULTI") + bulk("ACL", "DELUSER", "nobody") + bulk("EXEC"),
];

let folder: ReturnType<typeof temporaryFolder>;
let direct: LosingRedis;
let guarded: LosingRedis;
let proxy: RedisProxy;

beforeAll(async () => {
  folder = temporaryFolder();
  direct = await startLosingRedis(folder.path);
  guarded = await startLosingRedis(folder.path);
  proxy = await startRedisProxy(guarded.redis, () => "refuse");
});
afterAll(async () => {
  await proxy[Symbol.asyncDispose]();
  await direct[Symbol.asyncDispose]();
  await guarded[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

/** Sends, and waits for the end of it or of the session. */
async function run(path: string, text: string): Promise<string> {
  using client = await rawClient(path);
  client.send(Buffer.from(text + bulk("ECHO", "the end"), "latin1"));
  return await client.until((got) => got.endsWith("the end\r\n")).catch(() => client.ended());
}

async function both(text: string): Promise<{
  readonly lost: readonly string[];
  readonly lostBehindProxy: readonly string[];
  readonly asked: number;
}> {
  await direct.fill();
  await guarded.fill();
  const before = proxy.decider.asked.length;
  await run(direct.redis.socket, text);
  await run(proxy.path, text);
  return {
    lost: await direct.losses(),
    lostBehindProxy: await guarded.losses(),
    asked: proxy.decider.asked.length - before,
  };
}

describe("what the server lost is what was asked about, and behind the proxy it loses nothing", () => {
  test.each(destroys.map((text) => [text.slice(0, 100), text]))("%p", async (_, text) => {
    const { lost, lostBehindProxy, asked } = await both(text);
    expect(lost).not.toEqual([]);
    expect(lostBehindProxy).toEqual([]);
    expect(asked).toBe(1);
  });
});

describe("where the server lost nothing", () => {
  test.each(nothing.map((text) => [text.slice(0, 100), text]))("nobody is asked: %p", async (_, text) => {
    expect(await both(text)).toEqual({ lost: [], lostBehindProxy: [], asked: 0 });
  });
  test.each(doubted.map((text) => [text.slice(0, 100), text]))("it could have: %p", async (_, text) => {
    expect(await both(text)).toEqual({ lost: [], lostBehindProxy: [], asked: 1 });
  });
});

test("the losses are the decider's to allow: let through, the server behind the proxy loses what the other does", async () => {
  await using open = await startRedisProxy(guarded.redis, () => "forward");
  for (const text of [
    bulk("FLUSHALL"),
    bulk("MULTI") + bulk("FLUSHDB") + bulk("EXEC"),
    lines("acl deluser ann"),
  ]) {
    await direct.fill();
    await guarded.fill();
    await run(direct.redis.socket, text);
    await run(open.path, text);
    const kinds = async (server: LosingRedis): Promise<readonly string[]> =>
      (await server.losses()).map((line) => line.split(" ", 3).join(" ")).sort();
    expect(await kinds(guarded)).toEqual(await kinds(direct));
    expect(await kinds(direct)).not.toEqual([]);
  }
});
