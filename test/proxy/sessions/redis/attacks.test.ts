import { afterAll, beforeAll, expect, test } from "bun:test";
import { startLosingRedis } from "../../../support/redis-losses.ts";
import type { LosingRedis } from "../../../support/redis-losses.ts";
import { rawClient, startRedisProxy } from "../../../support/redis-proxy.ts";
import type { RedisProxy } from "../../../support/redis-proxy.ts";
import { temporaryFolder } from "../../../support/run-commands.ts";
import { command } from "../../../../src/wire/redis/write-reply.ts";

/**
 * Ways to have a destruction executed that nobody decides on. Every one is refused here: whatever is gone at the end went unseen. Most make custody count
 * one answer too many or too few, until it takes another command's answer for that of a MULTI that the server refused: what comes behind that it
 * would leave to an EXEC.
 */

const bulk = (...words: readonly string[]): string => Buffer.from(command(...words)).toString("latin1");
const lines = (...each: readonly string[]): string => each.map((line) => `${line}\r\n`).join("");
/** Answered later than all that is sent with it. */
const slow = (times: number): string => lines("BLPOP nothing 0.1").repeat(times);
/** Refused by the server: what custody must not take for the beginning of a transaction. */
const noMulti = "MULTI x";
const wipe = lines(noMulti, "FLUSHALL");

const attacks: readonly (readonly [name: string, text: string])[] = [
  [
    "channels that a transaction leaves, whose beginning nobody saw",
    lines("CLIENT REPLY SKIP", "MULTI", "SUBSCRIBE a b", "UNSUBSCRIBE a b", "EXEC") + slow(2) + wipe,
  ],
  [
    "channels are confirmed whose answer was to be skipped",
    lines("CLIENT REPLY SKIP", "SUBSCRIBE a", "PING", "UNSUBSCRIBE a") + slow(1) + wipe,
  ],
  [
    "a protocol that nobody saw refused",
    lines("CLIENT REPLY SKIP", "HELLO 4", "SUBSCRIBE a b c", "UNSUBSCRIBE a b c") + slow(4) + wipe,
  ],
  [
    "a protocol that was refused within a transaction",
    lines("MULTI", "HELLO 4", "EXEC", "SUBSCRIBE a b c", "UNSUBSCRIBE a b c") + slow(4) + wipe,
  ],
  [
    "a protocol that was queued",
    lines("CLIENT REPLY SKIP", "MULTI", "HELLO 3", "DISCARD", "SUBSCRIBE a b c", "UNSUBSCRIBE a b c") +
      slow(4) +
      wipe,
  ],
  [
    "CLIENT REPLY is refused while subscribed",
    lines("SUBSCRIBE a", "CLIENT REPLY SKIP", "PING", "UNSUBSCRIBE a") + slow(2) + wipe,
  ],
  [
    "CLIENT REPLY is queued",
    lines("CLIENT REPLY SKIP", "MULTI", "CLIENT REPLY SKIP", "PING", "DISCARD") + slow(3) + wipe,
  ],
  [
    "a name that is longer than what is looked at",
    lines("PING") + `*1\r\n$1500000\r\n${"x".repeat(1_500_000)}\r\n` + slow(1) + wipe,
  ],
  ["REPLCONF ACK is not answered", lines("PING", "REPLCONF ACK 1", noMulti) + slow(1) + lines("FLUSHALL")],
  [
    "REPLCONF GETACK is not answered",
    lines("PING", "REPLCONF GETACK *", noMulti) + slow(1) + lines("FLUSHALL"),
  ],
  [
    "REPLCONF is not answered by a transaction",
    lines("MULTI", "REPLCONF ACK 1", "EXEC", "PING", noMulti) + slow(1) + lines("FLUSHALL"),
  ],
  ["a user's last password is taken", bulk("ACL", "SETUSER", "ann", "<secret")],
  ["clients need no certificate any more", bulk("CONFIG", "SET", "tls-auth-clients", "no")],
  ["a library is deleted", bulk("FUNCTION", "DELETE", "shop")],
  ["a user is switched off, behind nothing", bulk("ACL", "SETUSER", "ann", "off", "")],
  [
    "a user is switched off, behind a selector in parts",
    bulk("ACL", "SETUSER", "ann", "off", "(~x", "+get", ")"),
  ],
  ["a user is left with a selector of nothing", bulk("ACL", "SETUSER", "ann", "-@all", "resetkeys", "()")],
  ["a replica of nobody", bulk("REPLICAOF", "", "1")],
];

let folder: ReturnType<typeof temporaryFolder>;
let server: LosingRedis;
let proxy: RedisProxy;

beforeAll(async () => {
  folder = temporaryFolder();
  server = await startLosingRedis(folder.path);
  proxy = await startRedisProxy(server.redis, () => "refuse");
});
afterAll(async () => {
  await proxy[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

/** Sends, and waits for the end of it or of the session. */
async function carryOut(path: string, text: string): Promise<void> {
  using client = await rawClient(path);
  client.send(Buffer.from(text + bulk("ECHO", "the end"), "latin1"));
  await Promise.race([client.until((got) => got.includes("the end\r\n")), client.ended()]);
}

test.each(attacks)(
  "%s",
  async (_, text) => {
    // It is one: without anybody in between, it destroys.
    await server.fill();
    await carryOut(server.redis.socket, text);
    expect(await server.losses()).not.toEqual([]);
    await server.fill();
    await carryOut(proxy.path, text).catch((error: unknown) => {
      if (!String(error).includes("ended after")) throw error;
    });
    expect(await server.losses()).toEqual([]);
  },
  20_000,
);
