import { expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { connect as connectSocket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { jetstreamManager } from "@nats-io/jetstream";
import { connect as connectNats } from "@nats-io/transport-node";
import { MongoClient } from "mongodb";
import { connect as connectPostgres } from "../../src/postgres/connect.ts";
import { otherKinds as kinds, startWireOthers } from "../support/wire-others.ts";

const { redis, nats, mongo, ledger, scene } = await startWireOthers({
  // Nothing here is to end because it took long.
  listeners: (kind) => [{ name: kind, drain: "60s" }],
});

/** A client of Redis that says lines and hears what comes. */
function openRedisClient() {
  const socket = connectSocket(scene.portOf("redis"), "127.0.0.1");
  let heard = "";
  let wake = Promise.withResolvers<void>();
  const tell = (): void => {
    wake.resolve();
    wake = Promise.withResolvers<void>();
  };
  const closed = new Promise<void>((resolve) => socket.on("close", () => resolve()));
  socket.on("data", (bytes: Buffer) => {
    heard += bytes.toString("latin1");
    tell();
  });
  socket.on("error", () => undefined);
  void closed.then(tell);
  return {
    closed,
    say: (line: string) => void socket.write(`${line}\r\n`),
    async said(text: RegExp): Promise<string> {
      while (!text.test(heard) && !socket.destroyed) await wake.promise;
      const all = heard;
      heard = "";
      return all;
    },
    [Symbol.dispose]: () => void socket.destroy(),
  };
}

/** Writes the policies anew, and waits until that is taken up. */
async function reload(policy: Readonly<Record<(typeof kinds)[number], object>>): Promise<void> {
  const file = JSON.parse(readFileSync(scene.config, "utf8")) as { listeners: Record<string, unknown>[] };
  for (const kind of kinds) file.listeners.find(({ name }) => name === kind)!["policy"] = [policy[kind]];
  writeFileSync(scene.config, JSON.stringify(file));
  const told = (): number => scene.proxy.events.filter(({ type }) => type === "reloaded").length;
  const before = told();
  scene.proxy.kill("SIGHUP");
  const deadline = performance.now() + 30_000;
  while (told() === before) {
    if (performance.now() > deadline) throw new Error("nothing was told of the reload");
    await delay(20);
  }
  expect(scene.proxy.events.findLast(({ type }) => type === "reloaded")).toMatchObject({
    listeners: [...kinds],
    needs_restart: [],
  });
}

test("at SIGHUP sessions that are in have the new policy; at SIGTERM what is held is told no, what waits goes on to its end, and nobody is left", async () => {
  using cache = openRedisClient();
  const bus = await connectNats({ servers: `127.0.0.1:${scene.portOf("nats")}`, reconnect: false });
  const streams = (await jetstreamManager(bus, { timeout: 60_000 })).streams;
  const url = `mongodb://127.0.0.1:${scene.portOf("mongo")}/?directConnection=true`;
  await using documents = await new MongoClient(url, {
    retryReads: false,
    serverSelectionTimeoutMS: 30_000,
  }).connect();
  const said = (error: unknown): string => String(error);

  await streams.add({ name: "orders", subjects: ["orders.>"] });
  await documents.db("shop").collection("orders").insertOne({ a: 1 });
  cache.say("SET kept 1");
  await cache.said(/\+OK/);
  // As it is without a policy.
  cache.say("FLUSHALL");
  expect(await cache.said(/\r\n/)).toContain("-NOPERM");
  expect(await streams.delete("orders").catch(said)).toContain("custody");
  expect(await documents.db("shop").dropDatabase().catch(said)).toContain("custody");

  const because = (word: string, kind: string) => ({ kinds: [kind], action: "deny", reason: word });
  await reload({
    redis: because("ask ann", "flush"),
    nats: because("ask ben", "stream"),
    mongo: because("ask eve", "mongo-database"),
  });
  cache.say("FLUSHALL");
  expect(await cache.said(/\r\n/)).toContain("ask ann");
  expect(await streams.delete("orders").catch(said)).toContain("ask ben");
  expect(await documents.db("shop").dropDatabase().catch(said)).toContain("ask eve");

  const hold = (kind: string) => ({ kinds: [kind], action: "hold" });
  await reload({ redis: hold("flush"), nats: hold("stream"), mongo: hold("mongo-database") });
  using waiting = openRedisClient();
  using idle = openRedisClient();
  idle.say("PING");
  await idle.said(/PONG/);
  waiting.say("BLPOP queue 0");
  cache.say("FLUSHALL");
  const streamHeld = streams.delete("orders").catch(said);
  const shopHeld = documents.db("shop").dropDatabase().catch(said);
  await untilHeld(3);
  await using admin = await redis.connect();
  while (!String(await admin.ask("INFO", "clients")).includes("blocked_clients:1")) await delay(20);

  scene.proxy.kill("SIGTERM");
  await idle.closed;
  expect(await cache.said(/\r\n/)).toContain("-NOPERM");
  await cache.closed;
  expect(await streamHeld).toMatch(/custody|closed/i);
  expect(await shopHeld).toContain("custody");
  await bus.closed();
  const late = openRedisClient();
  await late.closed;
  await admin.ask("RPUSH", "queue", "went on");
  expect(await waiting.said(/went on/)).toContain("went on");
  await waiting.closed;
  await documents.close();
  expect(await scene.proxy.ended).toBe(130);

  expect(await admin.ask("EXISTS", "kept")).toBe(1);
  expect(mongo.store.databases.has("shop")).toBe(true);
  const direct = await connectNats({ servers: nats.url });
  expect((await (await jetstreamManager(direct)).streams.info("orders")).config.name).toBe("orders");
  await direct.close();
  await using records = await connectPostgres(ledger, { applicationName: "test" });
  const rows = await records.sql<{ action: string; count: number }[]>`
    select action, count(*)::int from audit_events where action in ('drop.held', 'drop.cancelled', 'drop.started') group by 1 order by 1`;
  expect(rows.map(({ action, count }) => `${action} ${count}`)).toEqual(["drop.cancelled 3", "drop.held 3"]);
}, 120_000);

/** Until so many drops are held. */
async function untilHeld(count: number): Promise<void> {
  const deadline = performance.now() + 30_000;
  for (;;) {
    const { stdout } = await scene.run(["drop", "list", "--output", "json"]);
    const { drops } = JSON.parse(stdout) as { drops: readonly { readonly state: string }[] };
    if (drops.filter(({ state }) => state === "held").length === count) return;
    if (performance.now() > deadline) throw new Error(`not ${count} are held: ${stdout}`);
    await delay(50);
  }
}
