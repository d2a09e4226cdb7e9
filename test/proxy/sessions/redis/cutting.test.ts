import { afterAll, beforeAll, expect, test } from "bun:test";
import fc from "fast-check";
import { setImmediate as turn } from "node:timers/promises";
import { openRedisSession } from "../../../../src/proxy/sessions/redis/open-redis-session.ts";
import { command } from "../../../../src/wire/redis/write-reply.ts";
import { memoryClient } from "../../../support/memory-client.ts";
import { startRedis } from "../../../support/redis-server.ts";
import type { TestRedis } from "../../../support/redis-server.ts";
import { scriptedDecider, wireContext, wireLimits } from "../../../support/scripted-decider.ts";
import { dialSocket } from "../../../support/socket-sessions.ts";

let redis: TestRedis;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis[Symbol.asyncDispose]());

/** A conversation with a bit of everything, as clients record it. */
const conversation = Buffer.concat([
  command("HELLO", "2", "SETNAME", "ann"),
  command("SELECT", "4"),
  Buffer.from("set list x\r\ndel list\r\n"),
  command("SET", "a", "FLUSHALL\r\n*1\r\n$8\r\nFLUSHALL\r\n"),
  Buffer.from('"FLUSH\\x41LL"\n'),
  command("GET", "a"),
  command("MULTI"),
  command("INCR", "n"),
  command("flushall"),
  Buffer.from("\r\nEXEC\r\n"),
  command("MULTI"),
  command("SWAPDB", "0", "99"),
  command("ACL", "DELUSER", "nobody"),
  command("EXEC"),
  command("RPUSH", "list", "message", "subscribe", "x"),
  command("LRANGE", "list", "0", "-1"),
  command("SUBSCRIBE", "x", "y"),
  command("FLUSHALL"),
  command("UNSUBSCRIBE", "x", "y"),
  command("HELLO", "3"),
  command("SUBSCRIBE", "z"),
  command("PUBLISH", "z", "m"),
  command("FLUSHALL"),
  command("ACL", "DELUSER", "nobody"),
  command("SET", "big", "x".repeat(300)),
  command("CLIENT", "REPLY", "SKIP"),
  command("SWAPDB", "0", "99"),
  command("ECHO", "the end"),
]);

interface Told {
  readonly text: string;
  readonly seen: readonly string[];
  readonly settled: readonly (string | null)[];
}

/** `isSlow`: each piece is taken before the next one comes. */
async function converse(pieces: readonly Uint8Array[], isSlow: boolean): Promise<Told> {
  const decider = scriptedDecider(({ destructions }) =>
    destructions.some(({ what }) => what === "FLUSHALL") ? "refuse" : "forward",
  );
  const client = memoryClient();
  const session = openRedisSession(
    client.connection,
    wireContext(() => dialSocket(redis.socket), { decider, limits: { ...wireLimits, wholeBytes: 200 } }),
  );
  for (const piece of pieces) {
    if (piece.length > 0) client.send(piece);
    if (isSlow) await turn();
  }
  const text = await client.until((got) => got.endsWith("the end\r\n"));
  client.close();
  await session.closed;
  return {
    text: text.replaceAll(/(\$2\r\nid\r\n):\d+/gu, "$1:N").replaceAll(/\$1\r\nn\r\n:\d+/gu, ""),
    seen: decider.seen(),
    settled: decider.settled(),
  };
}

test("a conversation cut at any byte is decided and answered as in one piece", async () => {
  const whole = await converse([conversation], false);
  expect(whole.seen).toEqual([
    "flush FLUSHALL",
    "flush FLUSHALL",
    "flush SWAPDB 0 99; acl-user ACL DELUSER nobody",
    "flush FLUSHALL",
    "flush FLUSHALL",
    "acl-user ACL DELUSER nobody",
    "flush SWAPDB 0 99",
  ]);
  expect(whole.settled).toEqual([null, null, "error", null, null, "noop", "unknown"]);
  for (let at = 1; at < conversation.length; at += 1) {
    const pieces = [conversation.subarray(0, at), conversation.subarray(at)];
    expect(await converse(pieces, at % 2 === 0)).toEqual(whole);
  }
});

test("however it is cut, and byte by byte", async () => {
  const whole = await converse([conversation], false);
  expect(
    await converse(
      [...conversation].map((byte) => Buffer.from([byte])),
      true,
    ),
  ).toEqual(whole);
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 1, max: 90 }), { maxLength: 60 }),
      fc.boolean(),
      async (sizes, isSlow) => {
        const pieces: Uint8Array[] = [];
        let at = 0;
        for (const size of sizes) {
          pieces.push(conversation.subarray(at, at + size));
          at += size;
        }
        expect(await converse([...pieces, conversation.subarray(at)], isSlow)).toEqual(whole);
      },
    ),
  );
});
