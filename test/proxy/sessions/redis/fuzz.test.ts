import { expect, test } from "bun:test";
import { openRedisSession } from "../../../../src/proxy/sessions/redis/open-redis-session.ts";
import { command } from "../../../../src/wire/redis/write-reply.ts";
import { cutBytes, fuzzSeed, mutateBytes } from "../../../support/fuzz-bytes.ts";
import { memoryClient } from "../../../support/memory-client.ts";
import { seeded } from "../../../support/mutate.ts";
import { startRedis } from "../../../support/redis-server.ts";
import { scriptedDecider, wireContext, wireLimits } from "../../../support/scripted-decider.ts";
import { dialSocket } from "../../../support/socket-sessions.ts";

const seeds = [
  Buffer.concat([command("PING"), command("FLUSHALL"), command("PING")]),
  Buffer.concat([command("MULTI"), command("FLUSHALL"), command("EXEC"), command("FLUSHDB")]),
  Buffer.concat([command("MULTI"), command("DISCARD"), command("FLUSHALL")]),
  Buffer.from("\"FLUSH\\x41LL\"\nPING\r\n'flushdb'\r\n"),
  Buffer.concat([
    Buffer.from("FLUSHALL\r\n"),
    command("CLIENT", "REPLY", "SKIP"),
    command("FLUSHDB"),
    Buffer.from("\r\nFLUSHALL\n"),
  ]),
  Buffer.concat([
    command("ECHO", "*1\r\n$8\r\nFLUSHALL\r\n"),
    command("SUBSCRIBE", "x"),
    command("FLUSHALL"),
  ]),
  Buffer.concat([
    command("HELLO", "3"),
    command("SWAPDB", "0", "1"),
    command("EVAL", "return redis.call('flushall')", "0"),
  ]),
  Buffer.from("*1\r\n$8\r\nFLUSHALL\r\n".repeat(3)),
];

const count = process.env["CUSTODY_TEST_FULL"] === "1" ? 30_000 : 2000;

/** The server is the judge: whatever is sent, behind a decider that refuses all it still has every key. */
test("no mutated bytes destroy anything", async () => {
  await using redis = await startRedis();
  await using admin = await redis.connect();
  for (const database of [0, 1]) {
    await admin.ask("SELECT", database);
    await admin.ask("SET", `kept-${database}`, "v");
  }
  const sizes = async (): Promise<readonly unknown[]> => {
    const told: unknown[] = [];
    for (const database of [0, 1]) {
      await admin.ask("SELECT", database);
      told.push(await admin.ask("EXISTS", `kept-${database}`));
    }
    return told;
  };
  const random = seeded(fuzzSeed);
  let asked = 0;
  for (let turn = 0; turn < count; turn += 1) {
    const input = mutateBytes(seeds[Math.floor(random() * seeds.length)] ?? Buffer.alloc(0), random);
    const decider = scriptedDecider(() => "refuse");
    const client = memoryClient();
    const session = openRedisSession(
      client.connection,
      wireContext(() => dialSocket(redis.socket), { decider, limits: { ...wireLimits, wholeBytes: 500 } }),
    );
    for (const piece of cutBytes(input, random)) client.send(piece);
    client.send(Buffer.from("\r\nCLIENT REPLY ON\r\nECHO the-end\r\n"));
    // What is cut short eats the end, and waits: a client that sends no more is answered and let go.
    client.finish();
    await session.closed;
    asked += decider.asked.length;
    if (turn % 20 === 0 || turn === count - 1)
      expect({ turn, seed: fuzzSeed, input: input.toString("hex"), kept: await sizes() }).toMatchObject({
        kept: [1, 1],
      });
  }
  console.log(`redis sessions: ${count} mutated inputs, ${asked} times asked, seed ${fuzzSeed}`);
}, 600_000);
