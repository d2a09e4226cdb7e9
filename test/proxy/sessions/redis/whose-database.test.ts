import { afterAll, beforeAll, expect, test } from "bun:test";
import { command } from "../../../../src/wire/redis/write-reply.ts";
import { rawClient, startRedisProxy } from "../../../support/redis-proxy.ts";
import type { RedisProxy } from "../../../support/redis-proxy.ts";
import { startRedis } from "../../../support/redis-server.ts";
import type { RedisClient, TestRedis } from "../../../support/redis-server.ts";
import { listedGate } from "../../../support/scripted-decider.ts";

/**
 * Ways to have a flush told of another database than the one that it empties, or of another user than the one that runs it. All is let through: what
 * is gone at the end was told of where it was, or was refused.
 */

const lines = (...each: readonly string[]): string => each.map((line) => `${line}\r\n`).join("");
const end = "the end";

let redis: TestRedis;
let admin: RedisClient;
let proxy: RedisProxy;

beforeAll(async () => {
  redis = await startRedis();
  admin = await redis.connect();
  await admin.ask("ACL", "SETUSER", "ann", "on", ">secret", "~*", "+@all");
  proxy = await startRedisProxy(redis, () => "forward");
});
afterAll(async () => {
  await proxy[Symbol.asyncDispose]();
  await admin[Symbol.asyncDispose]();
  await redis[Symbol.asyncDispose]();
});

async function fill(): Promise<void> {
  for (const database of [0, 1, 5]) {
    await admin.ask("SELECT", database);
    await admin.ask("SET", "k", "v");
  }
}

async function emptied(): Promise<readonly string[]> {
  const found: string[] = [];
  for (const database of ["0", "1", "5"]) {
    await admin.ask("SELECT", database);
    if ((await admin.ask("DBSIZE")) === 0) found.push(database);
  }
  return found;
}

/** To the end of it, or of the session. */
async function carryOut(path: string, text: string): Promise<string> {
  using client = await rawClient(path);
  client.send(Buffer.concat([Buffer.from(text, "latin1"), command("ECHO", end)]));
  const whole = client.until((got) => got.endsWith(`${end}\r\n`));
  await Promise.race([whole, client.ended()]).catch((error: unknown) => {
    if (!String(error).includes("ended after")) throw error;
  });
  client.end();
  return await client.ended();
}

test.each<readonly [name: string, text: string, empties: string]>([
  ["a database that is selected in the transaction", lines("MULTI", "SELECT 5", "FLUSHDB", "EXEC"), "5"],
  ["one that there is not", lines("MULTI", "SELECT 99", "FLUSHDB", "EXEC"), "0"],
  [
    "one that there is not, selected in a transaction before",
    lines("MULTI", "SELECT 99", "EXEC", "FLUSHDB"),
    "0",
  ],
  ["one that was selected in a transaction before", lines("MULTI", "SELECT 5", "EXEC", "FLUSHDB"), "5"],
  [
    "one that is selected behind an EXEC that was refused",
    lines("MULTI", "EXEC x", "SELECT 5", "DISCARD", "FLUSHDB"),
    "5",
  ],
  [
    "one that there is not, unseen",
    lines("SELECT 1", "CLIENT REPLY OFF", "SELECT 99", "FLUSHDB", "CLIENT REPLY ON"),
    "1",
  ],
  [
    "one that was left by a RESET that nobody saw",
    lines("SELECT 1", "CLIENT REPLY SKIP", "RESET", "FLUSHDB", "PING"),
    "0",
  ],
])("%s", async (_, text, empties) => {
  await fill();
  await carryOut(redis.socket, text);
  expect(await emptied()).toEqual([empties]);
  await fill();
  const before = proxy.decider.asked.length;
  await carryOut(proxy.path, text);
  const told = proxy.decider.asked.slice(before).map(({ sighting }) => sighting.speaker.database);
  for (const each of await emptied()) expect(told).toEqual([each]);
});

test("a flush behind SELECT in its transaction is refused with the transaction, one of the same database is not", async () => {
  await fill();
  const text = await carryOut(proxy.path, lines("MULTI", "SELECT 0", "FLUSHDB", "EXEC"));
  expect(text).toContain("*2\r\n+OK\r\n+OK\r\n");
  await fill();
  const refused = await carryOut(proxy.path, lines("MULTI", "SELECT 5", "FLUSHDB", "EXEC", "DBSIZE"));
  expect(refused).toContain("-EXECABORT Transaction discarded because of: NOPERM custody: which database");
  expect(refused).toContain(":1\r\n");
});

test("who logs in within a transaction is told of for what stands behind it", async () => {
  await fill();
  await carryOut(proxy.path, lines("MULTI", "AUTH ann secret", "FLUSHDB", "EXEC"));
  expect(await emptied()).toEqual(["0"]);
  expect(proxy.decider.asked.at(-1)?.sighting.speaker).toMatchObject({
    role: "default",
    otherRoles: ["ann"],
  });
});

test("an admin stays one behind RESET", async () => {
  const admit = async (): Promise<{ readonly kind: "admitted"; readonly isAdmin: boolean }> => ({
    kind: "admitted",
    isAdmin: true,
  });
  const gate = { ...listedGate(), admit };
  await using guarded = await startRedisProxy(redis, () => "refuse", { gate });
  await carryOut(guarded.path, lines("PING", "RESET", "EVAL 'return 1' 0"));
  expect(guarded.decider.asked.map(({ sighting }) => sighting.speaker.isAdmin)).toEqual([true]);
});
