import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { setImmediate as turn } from "node:timers/promises";
import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import { connect as connectNats } from "@nats-io/transport-node";
import { createClient } from "@redis/client";
import { MongoClient } from "mongodb";
import type { Connection } from "../../../src/proxy/sessions/connection.ts";
import { openMongoSession } from "../../../src/proxy/sessions/mongo/open-mongo-session.ts";
import { openNatsSession } from "../../../src/proxy/sessions/nats/open-nats-session.ts";
import type { RunningSession, SessionContext } from "../../../src/proxy/sessions/ports.ts";
import { openRedisSession } from "../../../src/proxy/sessions/redis/open-redis-session.ts";
import { cutBytes, fuzzSeed } from "../../support/fuzz-bytes.ts";
import { memoryConnection } from "../../support/memory-connection.ts";
import { startMongoPeer } from "../../support/mongo-peer.ts";
import { seeded } from "../../support/mutate.ts";
import { startNats } from "../../support/nats-server.ts";
import { recordConversation, saidBy } from "../../support/record-conversation.ts";
import type { Replayed, Turn } from "../../support/record-conversation.ts";
import { startRedis } from "../../support/redis-server.ts";
import { wireContext } from "../../support/scripted-decider.ts";
import { toldDecider } from "../../support/wire-decider.ts";

/** Conversations of real clients with a real server (of MongoDB: a stand-in), replayed: however both sides' bytes arrive, the same is decided, told and sent. */

const redis = await startRedis();
const nats = await startNats();
const mongo = await startMongoPeer();
afterAll(async () => {
  await mongo[Symbol.asyncDispose]();
  await nats[Symbol.asyncDispose]();
  await redis[Symbol.asyncDispose]();
});

const absent = (): null => null;

async function talkToRedis(port: number, version: 2 | 3): Promise<void> {
  const client = createClient({
    RESP: version,
    // Behind a HELLO nothing else is sent on before its answer: a recording has the answers too early.
    disableClientInfo: true,
    socket: { host: "127.0.0.1", port, reconnectStrategy: false, tls: false },
    maintNotifications: "disabled",
  });
  client.on("error", () => undefined);
  await client.connect();
  await client.set("kept", "FLUSHALL\r\n*1\r\n$8\r\nFLUSHALL\r\n");
  await Promise.all([
    client.get("kept"),
    client.lPush("l", ["a", "b"]),
    client.sendCommand(["ACL", "DELUSER", "none"]),
  ]);
  // One by one: EXEC is decided on when the server has taken all that is queued.
  for (const each of ["MULTI", "SET n 1", "FLUSHDB", "SWAPDB 0 99", "EXEC"])
    await client.sendCommand(each.split(" ")).catch(absent);
  await client.hSet("h", { f: "v", g: "w" });
  await client.hGetAll("h");
  await client.eval("return {1, {2, false}}").catch(absent);
  await client.flushAll();
  await client.sendCommand(["SWAPDB", "0", "99"]).catch(absent);
  client.destroy();
}

async function talkToNats(port: number): Promise<void> {
  const client = await connectNats({ servers: `127.0.0.1:${port}`, name: "shop", reconnect: false });
  const manager = await jetstreamManager(client);
  await manager.streams.add({ name: "orders", subjects: ["orders.>"] });
  for (const each of ["$JS.API.STREAM.DELETE.orders", "PUB $JS.API.STREAM.DELETE.orders 0\r\n\r\n"])
    await jetstream(client).publish("orders.placed", each);
  await manager.streams.deleteMessage("orders", 1);
  await manager.streams.purge("orders", { filter: "orders.none" });
  await manager.streams.delete("orders");
  await manager.streams.delete("orders").catch(absent);
  await client.close();
}

async function talkToMongo(port: number): Promise<void> {
  await using client = await new MongoClient(`mongodb://127.0.0.1:${port}/?directConnection=true`, {
    appName: "shop",
    maxPoolSize: 1,
    heartbeatFrequencyMS: 60_000,
  }).connect();
  const shop = client.db("shop_r");
  await shop.collection("orders").insertMany([{ at: 1, text: "dropDatabase" }, { at: 2 }]);
  await shop.collection("orders").find().toArray();
  await shop.command({ drop: "orders" });
  await shop.command({ drop: "orders" }).catch(absent);
  await shop.createCollection("x");
  await shop.collection("x").deleteMany({}).catch(absent);
  await shop.dropDatabase();
  await client.db("admin").command({ dropUser: "nobody" }).catch(absent);
}

type Open = (client: Connection, context: SessionContext) => RunningSession;

/** Everything is let through, or refused; every other thing later than at once. */
async function replay(
  open: Open,
  turns: readonly Turn[],
  cut: (turn: Turn) => readonly Uint8Array[],
  verdict: "forward" | "refuse" = "forward",
): Promise<Replayed> {
  const client = memoryConnection();
  const server = memoryConnection();
  const warned: string[] = [];
  let asked = 0;
  const decider = toldDecider(() => ((asked += 1) % 2 === 0 ? verdict : Promise.resolve(verdict)));
  const session = open(
    client,
    wireContext(() => Promise.resolve(server), { decider, warn: (message) => void warned.push(message) }),
  );
  await turn();
  for (const each of turns) {
    for (const bytes of cut(each)) (each.side === "client" ? client : server).say(Uint8Array.from(bytes));
    await turn();
  }
  session.destroy();
  await session.closed;
  const { sightings, settled } = decider;
  return {
    sightings: sightings.map(({ speaker, destructions, fingerprint, isAlone }) => [
      speaker.role,
      speaker.database,
      speaker.applicationName,
      destructions,
      fingerprint,
      isAlone,
    ]),
    settled,
    toServer: Buffer.concat(server.written).toString("latin1"),
    toClient: Buffer.concat(client.written).toString("latin1"),
    warned,
  };
}

describe.each<{
  readonly name: string;
  readonly open: Open;
  readonly to: string | number;
  readonly talk: (port: number) => Promise<void>;
  readonly kinds: string;
  readonly outcomes: string;
}>([
  {
    name: "Redis, RESP2",
    open: openRedisSession,
    to: redis.socket,
    talk: (port) => talkToRedis(port, 2),
    kinds: "acl-user flush+flush opaque flush flush",
    outcomes: "noop ok ok ok error",
  },
  {
    name: "Redis, RESP3",
    open: openRedisSession,
    to: redis.socket,
    talk: (port) => talkToRedis(port, 3),
    kinds: "acl-user flush+flush opaque flush flush",
    outcomes: "noop ok ok ok error",
  },
  {
    name: "NATS",
    open: openNatsSession,
    to: nats.port,
    talk: talkToNats,
    kinds: "stream stream stream stream",
    outcomes: "ok ok ok noop",
  },
  {
    name: "MongoDB",
    open: openMongoSession,
    to: Number(new URL(mongo.url).port),
    talk: talkToMongo,
    kinds: "collection collection unbounded-delete mongo-database mongo-user",
    outcomes: "ok noop error ok noop",
  },
])("$name", ({ name, open, to, talk, kinds, outcomes }) => {
  let turns: readonly Turn[];
  let whole: Replayed;
  beforeAll(async () => {
    turns = await recordConversation(to, talk);
    whole = await replay(open, turns, ({ bytes }) => [bytes]);
  });

  test("is decided and told as the server had it, and nothing is changed on its way", () => {
    expect(
      whole.sightings
        .map((each) => (each as { readonly kind: string }[][])[3]?.map(({ kind }) => kind).join("+"))
        .join(" "),
    ).toBe(kinds);
    expect(whole.settled.map((each) => (each as { readonly outcome: string }).outcome).join(" ")).toBe(
      outcomes,
    );
    expect(whole.warned).toEqual([]);
    // Only MongoDB's hello is another: it offers no compressors.
    if (name !== "MongoDB") expect(whole.toServer).toBe(saidBy(turns, "client").toString("latin1"));
    else expect(whole.toServer).toEndWith(saidBy(turns.slice(2), "client").toString("latin1"));
    const afterInfo = (text: string): string => (name === "NATS" ? text.slice(text.indexOf("\n")) : text);
    expect(afterInfo(whole.toClient)).toBe(afterInfo(saidBy(turns, "server").toString("latin1")));
  });

  test("cut at every byte of both sides it is the same", async () => {
    let cuts = 0;
    for (const [index, { bytes }] of turns.entries())
      for (let at = 1; at < bytes.length; at += 1) {
        const cut = await replay(open, turns, (each) =>
          each === turns[index] ? [each.bytes.subarray(0, at), each.bytes.subarray(at)] : [each.bytes],
        );
        if (!Bun.deepEquals(cut, whole))
          expect({ turn: index, at, ...cut }).toEqual({ turn: index, at, ...whole });
        cuts += 1;
      }
    console.log(`${name}: ${cuts} cuts of ${turns.length} turns`);
    expect(cuts).toBeGreaterThan(500);
  }, 300_000);

  // A server of Redis says in between what is to be waited for.
  if (!name.startsWith("Redis"))
    test("all that destroys refused, cut at every byte of the client's, it is the same", async () => {
      // Nobody answers but for the server's greeting.
      const asking = turns.filter(({ side }, index) => side === "client" || index === 0);
      const refused = await replay(open, asking, ({ bytes }) => [bytes], "refuse");
      expect(refused.sightings).toHaveLength(whole.sightings.length);
      expect(refused.settled).toEqual([]);
      expect(refused.toServer.length).toBeLessThan(whole.toServer.length);
      for (const [index, { bytes }] of asking.entries())
        for (let at = 1; at < bytes.length; at += 1) {
          const cut = await replay(
            open,
            asking,
            (each) =>
              each === asking[index] ? [each.bytes.subarray(0, at), each.bytes.subarray(at)] : [each.bytes],
            "refuse",
          );
          if (!Bun.deepEquals(cut, refused))
            expect({ turn: index, at, ...cut }).toEqual({ turn: index, at, ...refused });
        }
    }, 300_000);

  test("byte by byte, and in pieces of any size, it is the same", async () => {
    expect(await replay(open, turns, ({ bytes }) => [...bytes].map((byte) => Uint8Array.of(byte)))).toEqual(
      whole,
    );
    const random = seeded(fuzzSeed);
    for (let run = 0; run < 200; run += 1)
      expect(await replay(open, turns, ({ bytes }) => cutBytes(bytes, random))).toEqual(whole);
  }, 120_000);
});
