import { expect, test } from "bun:test";
import type { Backend } from "../../src/chokepoint/backend.ts";
import {
  createWorld,
  dropRequest,
  person,
  provisioner,
  startInstance,
  testPolicy,
  untilState,
} from "../support/engine.ts";
import type { Instance, World } from "../support/engine.ts";
import { openMemoryBackend } from "../support/memory-backend.ts";

const signal = new AbortController().signal;
const none = { comment: null };

/** Ends the tombstone's time, by somebody who had no part in the drop. */
async function purgeEarly(world: World, { chokepoint }: Instance, dropId: string): Promise<string> {
  const asked = await chokepoint.purge(dropId, person("bob"), { comment: null, requestId: null });
  if (!("drop" in asked)) throw new Error(asked.kind);
  await chokepoint.approve(asked.drop.dropId, person("cyd"), none);
  return (await untilState(world, asked.drop.dropId, ["completed", "failed"])).state;
}

async function unproved(world: World, one: Instance): Promise<string> {
  const answer = await one.chokepoint.request(dropRequest(), provisioner, signal);
  if (!("drop" in answer)) throw new Error(answer.kind);
  await untilState(world, answer.drop.dropId, ["unproved"]);
  return answer.drop.dropId;
}

test.each<[string, (world: World) => Backend]>([
  ["without a fence", (world) => ({ ...openMemoryBackend(world.server, world.store), hasFence: false })],
  [
    "whose server says half-destroyed of what is in use",
    (world) => {
      const backend = openMemoryBackend(world.server, world.store);
      return {
        ...backend,
        hold: async (...given) => {
          const held = await backend.hold(...given);
          const standing = held.standing.bind(held);
          held.standing = async (plan) => {
            const facts = await standing(plan);
            return facts.standing === "intact" ? { ...facts, standing: "half-destroyed" } : facts;
          };
          return held;
        },
      };
    },
  ],
])("the tombstone of what came back is purged, and nothing else: a target %s", async (_, open) => {
  const world = createWorld();
  world.server.isDumpBad = true;
  await using one = startInstance(world, { name: "one", backend: open(world) });
  const dropId = await unproved(world, one);
  await one.chokepoint.undo(dropId, person("ann"), { as: null, from: null });
  await untilState(world, dropId, ["undone"]);
  expect(await purgeEarly(world, one, dropId)).toBe("completed");
  expect(world.server.things.map((each) => each.name)).toEqual(["db_acme", "usr_acme", "db_other"]);
  expect(world.removed).toContain(`/tombstones/${dropId}`);
});

test("what an undo leaves before the drop was completed has its times: the tombstone's, and no end of an unproved fence", async () => {
  const world = createWorld();
  world.server.isDumpBad = true;
  const policy = testPolicy({ tombstone: { mode: "required", retention: "30d", keep: "90d" } });
  await using one = startInstance(world, { name: "one", policy });
  const dropId = await unproved(world, one);
  await one.chokepoint.undo(dropId, person("ann"), { as: "db_x", from: "tombstone" });
  const undone = await untilState(world, dropId, ["undone"]);
  expect(undone.purgeAt).toBeNull();
  expect(undone.tombstoneUntil?.getTime()).toBe((undone.fencedAt?.getTime() ?? 0) + 90 * 86_400_000);
  world.now = new Date(world.now.getTime() + 91 * 86_400_000);
  while (world.removed.length === 0) await Bun.sleep(2);
  expect(world.server.things.map((each) => each.name)).toContain(`custody_tomb_${dropId}_database`);
});

test("a dump that was begun goes with the undo", async () => {
  const world = createWorld();
  await using one = startInstance(world, {
    name: "one",
    at: async (name) => {
      if (name === "held.makeTombstone") await new Promise(() => undefined);
    },
  });
  const answer = await one.chokepoint.request(dropRequest(), provisioner, signal);
  if (!("drop" in answer)) throw new Error(answer.kind);
  const { dropId } = answer.drop;
  await one.chokepoint.undo(dropId, provisioner, { as: null, from: null });
  await untilState(world, dropId, ["undone"]);
  expect(world.removed).toEqual([`/tombstones/${dropId}`]);
});

test("an undo that cannot succeed may be given up: what is left is purged by two people", async () => {
  const world = createWorld();
  await using one = startInstance(world, { name: "one" });
  const answer = await one.chokepoint.request(dropRequest(), provisioner, signal);
  if (!("drop" in answer)) throw new Error(answer.kind);
  const { dropId } = answer.drop;
  await untilState(world, dropId, ["completed"]);
  world.server.things.push({ part: "database", id: "200", name: "db_acme" });
  await one.chokepoint.undo(dropId, provisioner, { as: null, from: null });
  await untilState(world, dropId, ["undo_failed"]);
  expect(await purgeEarly(world, one, dropId)).toBe("completed");
  expect(world.store.drops.get(dropId)?.state).toBe("purged");
  expect(world.server.things.map((each) => each.id)).toEqual(["102", "200"]);
});

test("an early purge that was approved a year ago purges nothing", async () => {
  const world = createWorld();
  const policy = testPolicy({ tombstone: { retention: "900d" } });
  let dropId: string;
  let purgeId: string;
  {
    await using one = startInstance(world, { name: "one", policy });
    const answer = await one.chokepoint.request(dropRequest(), provisioner, signal);
    if (!("drop" in answer)) throw new Error(answer.kind);
    ({ dropId } = answer.drop);
    await untilState(world, dropId, ["completed"]);
    const asked = await one.chokepoint.purge(dropId, person("bob"), { comment: null, requestId: null });
    if (!("drop" in asked)) throw new Error(asked.kind);
    purgeId = asked.drop.dropId;
  }
  const two = startInstance(world, {
    name: "two",
    policy,
    at: async (name) => {
      if (name === "ledger.clock") await new Promise(() => undefined);
    },
  });
  void two.chokepoint.approve(purgeId, person("cyd"), none).catch(() => undefined);
  await untilState(world, purgeId, ["approved"]);
  two.kill();
  world.now = new Date(world.now.getTime() + 365 * 86_400_000);
  await using _three = startInstance(world, { name: "three", policy });
  expect((await untilState(world, purgeId, ["expired", "completed"])).state).toBe("expired");
  expect(world.server.things).toHaveLength(3);
});
