import { afterAll, beforeAll, expect, test } from "bun:test";
import { openRedisBackend } from "../../../../src/chokepoint/backends/redis/open-backend.ts";
import type { Failpoint } from "../../../../src/chokepoint/failpoints.ts";
import { openTombstoneFiles } from "../../../../src/chokepoint/tombstone-files.ts";
import { createWorld, dropRequest, provisioner, startInstance, untilState } from "../../../support/engine.ts";
import type { World } from "../../../support/engine.ts";
import { makeTenant, readKeys, readUser, startRedis } from "../../../support/redis-server.ts";
import type { RedisClient, TestRedis } from "../../../support/redis-server.ts";

let redis: TestRedis;
let client: RedisClient;
const signal = new AbortController().signal;
const request = dropRequest({
  target: "cache",
  resourceType: "redis",
  providerResourceId: "usr_t1",
  token: "t1",
  intent: { names: { keys: "t1:" } },
});

beforeAll(async () => {
  redis = await startRedis();
  client = await redis.connect();
});
afterAll(async () => {
  await client[Symbol.asyncDispose]();
  await redis[Symbol.asyncDispose]();
});

const stories = [
  { name: "kept and purged", tombstone: { mode: "required", retention: "0s", keep: "1h" }, end: "purged" },
  { name: "fenced alone", tombstone: { mode: "soft", retention: "1h" }, end: "completed" },
  { name: "destroyed at once", tombstone: { mode: "off" }, end: "completed" },
] as const;

/** Counts the places, and stops for ever at the given one: its connections stay open, as those of an instance that sleeps do. */
function stopAt(place: number): {
  readonly at: Failpoint;
  readonly stopped: Promise<string>;
  readonly count: () => number;
} {
  const { promise: stopped, resolve } = Promise.withResolvers<string>();
  let count = 0;
  const at: Failpoint = async (name, when) => {
    count += 1;
    if (count < place) return;
    resolve(`${when} ${name}`);
    await new Promise<never>(() => undefined);
  };
  return { at, stopped, count: () => count };
}

test.each(stories)(
  "an instance stops before and after every await, and another goes on: $name",
  async (story) => {
    const policy = redis.policy({
      approval: { default: "allow" },
      tombstone: { dir: `${redis.folder}/tombs`, ...story.tombstone },
    });
    const start = (world: World, name: string, at?: Failpoint) =>
      startInstance(world, {
        name,
        policy,
        backend: openRedisBackend({ policy, env: process.env }),
        tombstones: openTombstoneFiles({ env: process.env }),
        ...(at === undefined ? {} : { at }),
      });
    let places = Number.POSITIVE_INFINITY;
    for (let place = 0; place <= places; place++) {
      await client.ask("FLUSHALL");
      for (const user of ["usr_t1", "usr_t2"]) await client.ask("ACL", "DELUSER", user);
      await makeTenant(client, "t1");
      await makeTenant(client, "t2");
      const others = await readKeys(client, "t2:");
      const [names, user] = [(await readKeys(client, "t1:")).map(nameOf), await readUser(client, "usr_t1")];
      const world = createWorld();
      // The first round only counts.
      const { at, stopped, count } = stopAt(place === 0 ? Number.POSITIVE_INFINITY : place);
      const first = start(world, "first", at);
      await using second = start(world, "second");
      void first.chokepoint.request(request, provisioner, signal).catch(() => undefined);
      const where = await Promise.race([
        stopped,
        untilState(world, "first-1", [story.end]).then(() => "the end"),
      ]);
      if (place === 0) places = count();
      first.kill();
      const again = await second.chokepoint.request(request, provisioner, signal);
      if (!("drop" in again)) throw new Error(`${where}: ${again.kind}`);
      const drop = await untilState(world, again.drop.dropId, [story.end, "noop"]);
      expect(`${where}: ${drop.state}`).toBe(`${where}: ${story.end}`);
      expect(second.bugs).toEqual([]);
      expect(await readKeys(client, "t1:")).toEqual([]);
      expect(await readUser(client, "usr_t1")).toBe("");
      expect(await readKeys(client, "t2:")).toEqual([...others]);
      const isKept = story.tombstone.mode === "soft";
      expect(await readKeys(client, "custody_tomb_")).toHaveLength(isKept ? names.length : 0);
      if (story.tombstone.mode === "off") continue;
      await second.chokepoint.undo(drop.dropId, provisioner, { as: null, from: null });
      await untilState(world, drop.dropId, ["undone"]);
      expect((await readKeys(client, "t1:")).map(nameOf)).toEqual(names);
      expect(await readUser(client, "usr_t1")).toBe(user);
    }
    expect(places).toBeGreaterThan(15);
  },
);

/** Without the value: a set that was restored is dumped in another order. */
function nameOf(key: string): string {
  return key.split(" ").slice(0, -2).join(" ");
}
