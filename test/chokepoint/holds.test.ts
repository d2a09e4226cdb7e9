import { describe, expect, test } from "bun:test";
import type { Drop } from "../../src/chokepoint/drop.ts";
import type { RunningChokepoint } from "../../src/chokepoint/chokepoint.ts";
import {
  actionsOf,
  createWorld,
  dropRequest,
  person,
  provisioner,
  startInstance,
  testPolicy,
  untilState,
} from "../support/engine.ts";

const signal = new AbortController().signal;
const held = testPolicy({ approval: { default: "hold", approvers: 1, expires: "1h" } });
const both = testPolicy({ approval: { default: "hold", approvers: 2 } });
const none = { comment: null };
const now = Promise.resolve();

async function ask(chokepoint: RunningChokepoint, requestId = "r1", caller = provisioner): Promise<Drop> {
  const answer = await chokepoint.request(dropRequest({ requestId }), caller, signal);
  if (!("drop" in answer)) throw new Error(answer.kind);
  return answer.drop;
}

test("held until another person approves; then it is fenced", async () => {
  const world = createWorld();
  await using one = startInstance(world, { name: "one", policy: held });
  const drop = await ask(one.chokepoint);
  expect([drop.state, drop.hold?.why]).toEqual(["held", "policy"]);
  expect(world.server.changes).toEqual([]);
  const answer = await one.chokepoint.approve(drop.dropId, person("ann"), { comment: "seen" });
  expect("drop" in answer && answer.drop.state).toBe("fenced");
  expect(actionsOf(world, drop.dropId).slice(0, 5)).toEqual([
    "drop.requested",
    "drop.held",
    "drop.approved",
    "drop.started",
    "drop.fenced",
  ]);
});

describe("who may not approve", () => {
  test.each([
    ["the person who asked", person("ann"), person("ann")],
    ["the same person with another token", person("ann", "laptop"), person("ann", "phone")],
    ["another person with the same token", person("ann", "shared"), person("bob", "shared")],
    ["a machine", person("ann"), provisioner],
    ["the same person in other letters", person("Ann@x.org"), person("ann@X.org ")],
    ["the same person composed otherwise", person("Zo\u00eb"), person("Zoe\u0308")],
    ["the same person with what nobody sees", person("ann"), person("an\u200bn")],
  ])("%s", async (_, caller, approver) => {
    const world = createWorld();
    await using one = startInstance(world, { name: "one", policy: held });
    const drop = await ask(one.chokepoint, "r1", caller);
    const answer = await one.chokepoint.approve(drop.dropId, approver, none);
    expect(answer.kind).toBe("forbidden");
    expect(world.server.changes).toEqual([]);
    expect(world.store.drops.get(drop.dropId)?.state).toBe("held");
  });

  test.each(["ann", "Ann"])("on whose behalf a machine asks: %s", async (requestedBy) => {
    const world = createWorld();
    await using one = startInstance(world, { name: "one", policy: held });
    const request = dropRequest({ intent: { requestedBy } });
    const asked = await one.chokepoint.request(request, provisioner, signal);
    if (!("drop" in asked)) throw new Error(asked.kind);
    const answer = await one.chokepoint.approve(asked.drop.dropId, person("ann"), none);
    expect(answer.kind).toBe("forbidden");
  });
});

test("two people, not one twice, not both at once counted as one", async () => {
  const world = createWorld();
  await using one = startInstance(world, { name: "one", policy: both });
  const first = await ask(one.chokepoint);
  expect((await one.chokepoint.approve(first.dropId, person("ann"), none)).kind).toBe("done");
  expect((await one.chokepoint.approve(first.dropId, person("ann", "phone"), none)).kind).toBe("forbidden");
  expect((await one.chokepoint.approve(first.dropId, person("ANN", "laptop"), none)).kind).toBe("forbidden");
  expect(world.store.drops.get(first.dropId)?.state).toBe("held");
  const answer = await one.chokepoint.approve(first.dropId, person("bob"), none);
  expect("drop" in answer && answer.drop.state).toBe("fenced");

  const other = createWorld();
  await using two = startInstance(other, { name: "two", policy: both });
  const second = await ask(two.chokepoint);
  await Promise.all(["ann", "bob"].map((name) => two.chokepoint.approve(second.dropId, person(name), none)));
  await untilState(other, second.dropId, ["fenced", "tombstoned", "proved", "completed"]);
});

test("an approval is for what was there: another that took the name is refused", async () => {
  const world = createWorld();
  await using one = startInstance(world, { name: "one", policy: held });
  const drop = await ask(one.chokepoint);
  world.server.things.splice(0, 1, { part: "database", id: "999", name: "db_acme" });
  const answer = await one.chokepoint.approve(drop.dropId, person("ann"), none);
  expect("drop" in answer && [answer.drop.state, answer.drop.refusal?.site]).toEqual(["refused", "identity"]);
  expect(world.server.changes).toEqual([]);
});

test("everything is asked again at the approval", async () => {
  const world = createWorld();
  const terminality = { url: "postgres://p", query: "q", terminal: ["deleted"] };
  const policy = testPolicy({ approval: { default: "hold" }, terminality });
  await using one = startInstance(world, { name: "one", policy });
  const drop = await ask(one.chokepoint);
  world.platform.state = "active";
  const answer = await one.chokepoint.approve(drop.dropId, person("ann"), none);
  expect("drop" in answer && [answer.drop.state, answer.drop.refusal?.site]).toEqual([
    "refused",
    "terminality",
  ]);
});

test("a hold expires, and cannot be approved after", async () => {
  const world = createWorld();
  await using one = startInstance(world, { name: "one", policy: held });
  const drop = await ask(one.chokepoint);
  world.now = new Date(world.now.getTime() + 3_600_000);
  expect((await one.chokepoint.approve(drop.dropId, person("ann"), none)).kind).toBe("conflict");
  await untilState(world, drop.dropId, ["expired"]);
  expect(world.server.changes).toEqual([]);
});

test("denied by another, cancelled by who asked", async () => {
  const world = createWorld();
  await using one = startInstance(world, { name: "one", policy: held });
  const first = await ask(one.chokepoint, "r1", person("ann"));
  const denied = await one.chokepoint.deny(first.dropId, person("bob"), none);
  expect("drop" in denied && [denied.drop.state, denied.drop.outcome]).toEqual(["denied", "denied"]);
  const second = await ask(one.chokepoint, "r2", person("ann"));
  const cancelled = await one.chokepoint.deny(second.dropId, person("ann"), none);
  expect("drop" in cancelled && cancelled.drop.state).toBe("cancelled");
  expect((await one.chokepoint.deny(second.dropId, person("bob"), none)).kind).toBe("conflict");
});

test("the policy denies a kind: refused, and recorded", async () => {
  const world = createWorld();
  const policy = testPolicy({ approval: { default: "allow", deny: ["role"] } });
  await using one = startInstance(world, { name: "one", policy });
  const drop = await ask(one.chokepoint);
  expect([drop.state, drop.refusal?.site]).toEqual(["refused", "policy"]);
});

test("above the volume it is held, never lost", async () => {
  const world = createWorld();
  const policy = testPolicy({
    approval: { default: "allow" },
    breaker: { volume: { drops: 1, per: "1h" } },
  });
  await using one = startInstance(world, { name: "one", policy });
  const first = await ask(one.chokepoint);
  expect(first.state).toBe("fenced");
  const request = dropRequest({
    requestId: "r2",
    providerResourceId: "db_other",
    intent: { names: {} },
  });
  const second = await one.chokepoint.request(request, provisioner, signal);
  if (!("drop" in second)) throw new Error(second.kind);
  expect([second.drop.state, second.drop.hold?.why]).toEqual(["held", "volume"]);
  const answer = await one.chokepoint.approve(second.drop.dropId, person("ann"), none);
  expect("drop" in answer && answer.drop.state).toBe("fenced");
});

describe("an early purge", () => {
  async function completedDrop(
    world: ReturnType<typeof createWorld>,
    chokepoint: RunningChokepoint,
  ): Promise<Drop> {
    const drop = await ask(chokepoint, "r1", person("ann"));
    await chokepoint.approve(drop.dropId, person("bob"), none);
    return await untilState(world, drop.dropId, ["completed"]);
  }

  test("takes somebody who had no part in the drop, and leaves nothing", async () => {
    const world = createWorld();
    await using one = startInstance(world, { name: "one", policy: held });
    const drop = await completedDrop(world, one.chokepoint);
    const asked = await one.chokepoint.purge(drop.dropId, person("carl"), { comment: null, requestId: null });
    if (!("drop" in asked)) throw new Error(asked.kind);
    expect([asked.drop.state, asked.drop.hold?.why, asked.drop.purges]).toEqual([
      "held",
      "purge",
      drop.dropId,
    ]);
    for (const name of ["ann", "bob", "carl"]) {
      expect((await one.chokepoint.approve(asked.drop.dropId, person(name), none)).kind).toBe("forbidden");
    }
    expect(world.server.things.length).toBe(3);
    const answer = await one.chokepoint.approve(asked.drop.dropId, person("dora"), none);
    expect("drop" in answer && answer.drop.state).toBe("completed");
    expect(world.server.things.map((each) => each.name)).toEqual(["db_other"]);
    expect(world.removed).toEqual([`/tombstones/${drop.dropId}`]);
    const purged = world.store.drops.get(drop.dropId);
    expect([purged?.state, purged?.tombstone]).toEqual(["purged", null]);
    expect((await one.chokepoint.undo(drop.dropId, person("ann"), { as: null, from: null })).kind).toBe(
      "conflict",
    );
  });

  test("waits for the retention's own purge where that is at work", async () => {
    const world = createWorld();
    const stuck = Promise.withResolvers<void>();
    const policy = testPolicy({
      approval: { default: "hold", approvers: 1, expires: "60d" },
      tombstone: { retention: "1d", keep: "90d" },
    });
    const options = {
      policy,
      pause: (what: string) => (what.startsWith("destroy") ? stuck.promise : now),
    };
    await using one = startInstance(world, { name: "one", ...options });
    const drop = await completedDrop(world, one.chokepoint);
    const asked = await one.chokepoint.purge(drop.dropId, person("carl"), { comment: null, requestId: null });
    if (!("drop" in asked)) throw new Error(asked.kind);
    world.now = drop.purgeAt ?? world.now;
    await untilState(world, drop.dropId, ["purge_started"]);
    void one.chokepoint.approve(asked.drop.dropId, person("dora"), none).catch(() => undefined);
    const deadline = performance.now() + 5000;
    while (!one.warnings.some((each) => each.includes("is being purged"))) {
      if (performance.now() > deadline) throw new Error(one.warnings.join("; "));
      await Bun.sleep(2);
    }
    stuck.resolve();
    await untilState(world, asked.drop.dropId, ["completed"]);
    expect(world.removed).toEqual([`/tombstones/${drop.dropId}`]);
  });

  test("of what came back from its tombstone ends the fence and the tombstone, and leaves what is back", async () => {
    const world = createWorld();
    await using one = startInstance(world, { name: "one", policy: held });
    const drop = await completedDrop(world, one.chokepoint);
    await one.chokepoint.undo(drop.dropId, person("ann"), { as: null, from: "tombstone" });
    await untilState(world, drop.dropId, ["undone"]);
    const asked = await one.chokepoint.purge(drop.dropId, person("carl"), { comment: null, requestId: null });
    if (!("drop" in asked)) throw new Error(asked.kind);
    await one.chokepoint.approve(asked.drop.dropId, person("dora"), none);
    await untilState(world, asked.drop.dropId, ["completed"]);
    const left = world.store.drops.get(drop.dropId);
    expect([left?.state, left?.purgeAt, left?.tombstone]).toEqual(["undone", null, null]);
    expect(world.server.things.map((each) => each.name).toSorted()).toEqual([
      "db_acme",
      "db_other",
      "usr_acme",
    ]);
    expect(world.removed).toEqual([`/tombstones/${drop.dropId}`]);
  });

  test("finds nothing to purge when it was undone before the approval", async () => {
    const world = createWorld();
    await using one = startInstance(world, { name: "one", policy: held });
    const drop = await completedDrop(world, one.chokepoint);
    const asked = await one.chokepoint.purge(drop.dropId, person("carl"), { comment: null, requestId: null });
    if (!("drop" in asked)) throw new Error(asked.kind);
    await one.chokepoint.undo(drop.dropId, person("ann"), { as: null, from: null });
    await untilState(world, drop.dropId, ["undone"]);
    const answer = await one.chokepoint.approve(asked.drop.dropId, person("dora"), none);
    expect("drop" in answer && answer.drop.state).toBe("failed");
    expect(world.server.things.map((each) => each.name)).toEqual(["db_acme", "usr_acme", "db_other"]);
  });
});

test("undo under another name where the old one is in use, and again after it failed", async () => {
  const world = createWorld();
  await using one = startInstance(world, { name: "one" });
  const drop = await ask(one.chokepoint);
  await untilState(world, drop.dropId, ["completed"]);
  world.server.things.push({ part: "database", id: "200", name: "db_acme" });
  await one.chokepoint.undo(drop.dropId, provisioner, { as: null, from: null });
  const failed = await untilState(world, drop.dropId, ["undo_failed"]);
  expect(failed.error).toContain("db_acme is in use");
  await one.chokepoint.undo(drop.dropId, provisioner, { as: "db_acme_back", from: null });
  await untilState(world, drop.dropId, ["undone"]);
  expect(world.server.things.map((each) => each.name)).toContain("db_acme_back");
});
