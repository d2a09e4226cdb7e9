import { expect, test } from "bun:test";
import { OpsError } from "../../src/errors.ts";
import { setTimeout as delay } from "node:timers/promises";
import {
  actionsOf,
  createWorld,
  dropRequest,
  provisioner,
  startInstance,
  testPolicy,
  untilState,
} from "../support/engine.ts";
import type { World } from "../support/engine.ts";

const signal = new AbortController().signal;
const policy = testPolicy({ breaker: { failures: 2, cooldown: "200ms" } });

/** What was postponed comes again when its time has come. */
function runClock(world: World): Disposable {
  const clock = setInterval(() => (world.now = new Date(world.now.getTime() + 1000)), 2);
  return { [Symbol.dispose]: () => clearInterval(clock) };
}

async function until(condition: () => boolean): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`it never came: ${condition.toString()}`);
    await delay(2);
  }
}

test.each(["held.makeTombstone", "held.proveTombstone"])(
  "a target that goes away before %s is waited for, behind its open breaker too",
  async (place) => {
    const world = createWorld();
    await using one = startInstance(world, {
      name: "one",
      policy,
      async at(name, when) {
        await Promise.resolve();
        if (name === place && when === "before" && one.warnings.length === 0) world.server.isDown = true;
      },
    });
    const answer = await one.chokepoint.request(dropRequest(), provisioner, signal);
    if (answer.kind !== "new") throw new Error(answer.kind);
    using _clock = runClock(world);
    await until(() => one.warnings.some((each) => each.includes("the breaker of customers is open")));
    expect(one.bugs).toEqual([]);
    world.server.isDown = false;
    await untilState(world, answer.drop.dropId, ["completed", "unproved"]);
    expect(actionsOf(world, answer.drop.dropId)).toEqual([
      "drop.requested",
      "drop.started",
      "drop.fenced",
      "drop.tombstoned",
      "drop.proved",
      "drop.completed",
    ]);
    expect(one.bugs).toEqual([]);
  },
);

test("a disk that is full is waited for, with longer and longer pauses, behind the fence", async () => {
  const world = createWorld();
  const tries: number[] = [];
  let isFull = true;
  await using one = startInstance(world, {
    name: "one",
    policy,
    async at(name, when) {
      await Promise.resolve();
      if (name !== "held.makeTombstone" || when !== "before" || !isFull) return;
      tries.push(performance.now());
      throw new OpsError("no-space", "no space left", "free some");
    },
  });
  const answer = await one.chokepoint.request(dropRequest(), provisioner, signal);
  if (answer.kind !== "new") throw new Error(answer.kind);
  expect(answer.drop.state).toBe("fenced");
  await until(() => tries.length === 1);
  await until(() => tries.length >= 7);
  const drop = world.store.drops.get(answer.drop.dropId);
  expect([drop?.state, drop?.error]).toEqual(["fenced", "no space left"]);
  // 5 ms at first, as often as the worker looks here, and each twice the one before.
  expect((tries[6] ?? 0) - (tries[5] ?? 0)).toBeGreaterThanOrEqual(160);
  isFull = false;
  await untilState(world, answer.drop.dropId, ["completed", "unproved"]);
  expect(world.store.drops.get(answer.drop.dropId)?.state).toBe("completed");
  expect(one.bugs).toEqual([]);
});

test("what fails again and again is tried five times, each a pause apart, and then unproved", async () => {
  const world = createWorld();
  const tries: number[] = [];
  await using one = startInstance(world, {
    name: "one",
    policy,
    async at(name, when) {
      await Promise.resolve();
      if (name !== "held.proveTombstone" || when !== "before") return;
      tries.push(performance.now());
      throw new OpsError("scratch-failed", "it did not start", "see why");
    },
  });
  const answer = await one.chokepoint.request(dropRequest(), provisioner, signal);
  if (answer.kind !== "new") throw new Error(answer.kind);
  await until(() => tries.length === 1);
  const drop = await untilState(world, answer.drop.dropId, ["completed", "unproved"]);
  expect([drop.state, drop.error, tries.length]).toEqual(["unproved", "it did not start", 5]);
  expect((tries[4] ?? 0) - (tries[3] ?? 0)).toBeGreaterThanOrEqual(40);
});

test("a name that another drop holds for a while makes no tombstone unproved", async () => {
  const world = createWorld();
  const key = JSON.stringify({ database: "db_acme", role: "usr_acme" });
  await using one = startInstance(world, {
    name: "one",
    policy,
    async at(name, when) {
      await Promise.resolve();
      const isFenced = [...world.store.drops.values()].some((each) => each.state === "fenced");
      // Its names are free as soon as it is fenced: who has them next may be dropped at once.
      if (name === "target.hold" && when === "before" && isFenced && one.warnings.length === 0)
        world.server.locks.set(key, { dropId: "next", session: {} });
    },
  });
  const answer = await one.chokepoint.request(dropRequest(), provisioner, signal);
  if (answer.kind !== "new") throw new Error(answer.kind);
  await until(() => one.warnings.some((each) => each.includes("another drop holds it")));
  expect(world.store.drops.get(answer.drop.dropId)?.state).toBe("fenced");
  world.server.locks.clear();
  using _clock = runClock(world);
  await untilState(world, answer.drop.dropId, ["completed", "unproved"]);
  expect(world.store.drops.get(answer.drop.dropId)?.state).toBe("completed");
  expect(one.bugs).toEqual([]);
});

test("a target that goes away in the fence: unknown, no bug while its breaker is open, and found out when it is back", async () => {
  const world = createWorld();
  await using one = startInstance(world, {
    name: "one",
    policy,
    pause: async (what) => {
      await Promise.resolve();
      if (what === "fence role" && one.warnings.length === 0) world.server.isDown = true;
    },
  });
  const answer = await one.chokepoint.request(dropRequest(), provisioner, signal);
  if (answer.kind !== "new") throw new Error(answer.kind);
  expect([answer.drop.state, answer.drop.outcome]).toEqual(["unknown", "unknown"]);
  using _clock = runClock(world);
  await until(() => one.warnings.some((each) => each.includes("the breaker of customers is open")));
  expect(one.bugs).toEqual([]);
  world.server.isDown = false;
  await untilState(world, answer.drop.dropId, ["completed"]);
  expect(one.bugs).toEqual([]);
});
