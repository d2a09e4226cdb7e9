import { describe, expect, test } from "bun:test";
import {
  createWorld,
  dropRequest,
  person,
  provisioner,
  startInstance,
  testPolicy,
  untilState,
} from "../support/engine.ts";
import type { World } from "../support/engine.ts";

const signal = new AbortController().signal;
const dayMs = 86_400_000;
const none = { comment: null };
const kept = testPolicy({ tombstone: { mode: "required", retention: "30d", keep: "90d" } });
const held = testPolicy({ approval: { default: "hold", approvers: 1, expires: "1h" } });

function later(world: World, ms: number): void {
  world.now = new Date(world.now.getTime() + ms);
}

async function untilWarned(warnings: readonly string[], text: string): Promise<void> {
  const deadline = performance.now() + 5000;
  while (!warnings.some((each) => each.includes(text))) {
    if (performance.now() > deadline) throw new Error(`nobody was warned: ${warnings.join("; ")}`);
    await Bun.sleep(2);
  }
}

describe("an instance whose clock is not the ledger's", () => {
  test("that is a month ahead destroys nothing, until the clocks agree", async () => {
    const world = createWorld();
    await using one = startInstance(world, { name: "one", policy: kept });
    const answer = await one.chokepoint.request(dropRequest(), provisioner, signal);
    if (!("drop" in answer)) throw new Error(answer.kind);
    const { dropId } = answer.drop;
    await untilState(world, dropId, ["completed"]);
    const before = world.server.changes.length;
    const right = world.now;
    world.store.clock = () => right;
    later(world, 31 * dayMs);
    await untilWarned(one.warnings, "31 d apart");
    expect(world.server.changes.length).toBe(before);
    world.store.clock = () => world.now;
    await untilState(world, dropId, ["purged"]);
  });

  test("that is behind decides nothing, since its retention would end too early", async () => {
    const world = createWorld();
    const right = new Date(world.now.getTime() + 31 * dayMs);
    world.store.clock = () => right;
    await using one = startInstance(world, { name: "one", policy: kept });
    const answer = await one.chokepoint.request(dropRequest(), provisioner, signal);
    if (!("drop" in answer)) throw new Error(answer.kind);
    expect(answer.drop.refusal).toMatchObject({ site: "ledger", isPassing: true });
    expect(answer.drop.refusal?.reason).toContain("31 d apart");
    expect(world.server.changes).toEqual([]);
  });

  test("some minutes are nothing", async () => {
    const world = createWorld();
    const right = new Date(world.now.getTime() + 4 * 60_000);
    world.store.clock = () => right;
    await using one = startInstance(world, { name: "one", policy: kept });
    const answer = await one.chokepoint.request(dropRequest(), provisioner, signal);
    expect("drop" in answer && answer.drop.state).toBe("fenced");
  });
});

test("an approval that could not be carried out for as long as a hold is no approval any more", async () => {
  const world = createWorld();
  let dropId: string;
  {
    await using one = startInstance(world, { name: "one", policy: held });
    const answer = await one.chokepoint.request(dropRequest(), provisioner, signal);
    if (!("drop" in answer)) throw new Error(answer.kind);
    ({ dropId } = answer.drop);
  }
  // Whoever takes the approval dies before anything is decided.
  const two = startInstance(world, {
    name: "two",
    policy: held,
    at: async (name) => {
      if (name === "ledger.timeline" && world.store.drops.get(dropId)?.state === "approved")
        await new Promise(() => undefined);
    },
  });
  void two.chokepoint.approve(dropId, person("ann"), none).catch(() => undefined);
  await untilState(world, dropId, ["approved"]);
  two.kill();
  later(world, 2 * 3_600_000);
  await using _three = startInstance(world, { name: "three", policy: held });
  const drop = await untilState(world, dropId, ["expired", "fenced"]);
  expect(drop.state).toBe("expired");
  expect(world.server.changes).toEqual([]);
});

test("a policy that leaves less of a way back than what was approved carries nothing out", async () => {
  const world = createWorld();
  let dropId: string;
  {
    await using one = startInstance(world, { name: "one", policy: held });
    const answer = await one.chokepoint.request(dropRequest(), provisioner, signal);
    if (!("drop" in answer)) throw new Error(answer.kind);
    ({ dropId } = answer.drop);
  }
  const policy = testPolicy({
    approval: { default: "hold", approvers: 1, expires: "1h" },
    tombstone: { mode: "off" },
  });
  await using two = startInstance(world, { name: "two", policy });
  const answer = await two.chokepoint.approve(dropId, person("ann"), none);
  if (!("drop" in answer)) throw new Error(answer.kind);
  expect([answer.drop.state, answer.drop.refusal?.site]).toEqual(["refused", "policy"]);
  expect(world.server.changes).toEqual([]);
});

test("what was started with a tombstone is fenced, although the policy says off by then", async () => {
  const world = createWorld();
  const one = startInstance(world, {
    name: "one",
    policy: kept,
    at: async (name) => {
      if (name === "held.fence") await new Promise(() => undefined);
    },
  });
  const asked = one.chokepoint.request(dropRequest(), provisioner, signal).catch(() => undefined);
  await untilState(world, "one-1", ["started"]);
  one.kill();
  void asked;
  const policy = testPolicy({ tombstone: { mode: "off" } });
  await using _two = startInstance(world, { name: "two", policy });
  const drop = await untilState(world, "one-1", ["completed"]);
  expect(drop.tombstone?.provedAt).not.toBeNull();
  expect(world.server.changes.map(({ what }) => what)).toEqual(["fence database", "fence role"]);
  expect(drop.purgeAt?.getTime()).toBe((drop.fencedAt?.getTime() ?? 0) + 30 * dayMs);
});
