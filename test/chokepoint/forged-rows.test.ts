import { expect, test } from "bun:test";
import type { Drop } from "../../src/chokepoint/drop.ts";
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
const kept = testPolicy({ tombstone: { mode: "required", retention: "30d", keep: "90d" } });
const held = testPolicy({ approval: { default: "hold", approvers: 2 } });
const victim = {
  identity: {
    systemIdentifier: "1",
    parts: [{ part: "database", id: "102", name: "db_other", sizeBytes: 1 }],
  },
  fenceNames: { database: "custody_tomb_x" },
  saved: {},
  terms: { mode: "required", retentionMs: 0, keepMs: 0 },
  salt: "",
} as const;

/** Writes the row as somebody with UPDATE on custody_drops would: no event tells of it, and nobody holds it. */
function forge(world: World, dropId: string, change: Partial<Drop>): void {
  const drop = world.store.drops.get(dropId);
  if (drop === undefined) throw new Error("there is no such drop");
  world.store.drops.set(dropId, { ...drop, ...change });
  world.store.owners.delete(dropId);
}

async function ask(world: World, policy = kept): Promise<string> {
  await using one = startInstance(world, { name: "one", policy });
  const answer = await one.chokepoint.request(dropRequest(), provisioner, signal);
  if (!("drop" in answer)) throw new Error(answer.kind);
  await untilState(world, answer.drop.dropId, ["completed", "held", "refused"]);
  return answer.drop.dropId;
}

/** What the next instance that finds the row does: it tells, and sends nothing. */
async function expectNothingDone(world: World, policy = kept): Promise<void> {
  const before = world.server.changes.length;
  await using two = startInstance(world, { name: "two", policy });
  const deadline = performance.now() + 5000;
  while (two.contradictions.length === 0) {
    if (performance.now() > deadline) throw new Error("nobody was told");
    await Bun.sleep(2);
  }
  expect(two.contradictions[0]).toContain("nothing is done");
  expect(world.server.changes.slice(before)).toEqual([]);
  expect(world.removed).toEqual([]);
  expect(two.bugs).toEqual([]);
}

const past = new Date("2020-01-01T00:00:00Z");

test.each<[string, Partial<Drop>]>([
  ["started, of another database", { state: "started", plan: victim, identity: victim.identity }],
  ["purge_started", { state: "purge_started" }],
  ["undo_started", { state: "undo_started" }],
  ["unknown", { state: "unknown" }],
  ["a retention that is over", { purgeAt: past }],
  ["purged, and its tombstone over", { state: "purged", tombstoneUntil: past }],
  ["undone, and its fence over", { state: "undone", undoFrom: "tombstone", purgeAt: past }],
  ["approved", { state: "approved" }],
  ["requested by another", { state: "requested", caller: person("ann") }],
])("a row of a completed drop that somebody made %s", async (_, change) => {
  const world = createWorld();
  const dropId = await ask(world);
  forge(world, dropId, change);
  await expectNothingDone(world);
});

test("a hold that nobody approved, or one of two", async () => {
  const world = createWorld();
  const dropId = await ask(world, held);
  forge(world, dropId, { state: "approved" });
  await expectNothingDone(world, held);
  forge(world, dropId, {
    state: "held",
    approvals: [{ by: "x", person: "mallory", at: world.now, comment: null }],
  });
  {
    await using three = startInstance(world, { name: "three", policy: held });
    const approving = three.chokepoint.approve(dropId, person("ann"), { comment: null });
    await expect(approving).rejects.toMatchObject({
      code: "chain-contradicts",
      message: expect.stringContaining("1 of 2 approvals"),
    });
  }
  expect(world.server.changes).toEqual([]);
});

test("a request that was refused, made to ask for something else", async () => {
  const world = createWorld();
  world.platform.state = "active";
  const policy = testPolicy({
    terminality: { url: "postgres://p", query: "select 1", terminal: ["deleted"] },
  });
  const dropId = await ask(world, policy);
  const { request } = world.store.drops.get(dropId) as Drop;
  world.platform.state = "deleted";
  forge(world, dropId, {
    state: "requested",
    epoch: 2,
    request: { ...request, providerResourceId: "db_other", intent: { ...request.intent, names: {} } },
  });
  world.store.events.push({ dropId, action: "drop.requested", details: {}, at: world.now });
  await expectNothingDone(world, policy);
});

test("a tombstone that was never proved is no reason to destroy its fence", async () => {
  const world = createWorld();
  world.server.isDumpBad = true;
  const dropId = await unprovedDrop(world);
  forge(world, dropId, { state: "completed", purgeAt: past });
  await expectNothingDone(world);
});

test("what an undo gives back is what was recorded: another owner or another password is not", async () => {
  const world = createWorld();
  const dropId = await ask(world);
  const drop = world.store.drops.get(dropId) as Drop;
  const plan = { ...drop.plan, saved: { owner: "mallory" } } as Drop["plan"];
  const secret = world.store.secrets.get(dropId) ?? {};
  const before = world.server.changes.length;
  {
    await using two = startInstance(world, { name: "two", policy: kept });
    forge(world, dropId, { plan });
    const asked = two.chokepoint.undo(dropId, provisioner, { as: null, from: null });
    await expect(asked).rejects.toMatchObject({
      code: "chain-contradicts",
      message: expect.stringContaining("another plan"),
    });
    expect(two.contradictions).toEqual([expect.stringContaining("another plan")]);
    forge(world, dropId, { plan: drop.plan });
    world.store.secrets.set(dropId, { verifier: "mallory's" });
    await two.chokepoint.undo(dropId, provisioner, { as: null, from: null });
    while (!two.contradictions.some((each) => each.includes("another secret"))) await Bun.sleep(2);
  }
  await using three = startInstance(world, { name: "three", policy: kept });
  while (!three.contradictions.some((each) => each.includes("another secret"))) await Bun.sleep(2);
  expect(world.server.changes.length).toBe(before);
  world.store.secrets.set(dropId, secret);
  await untilState(world, dropId, ["undone"]);
});

test("an early purge does not make a forged row true: what was never proved stays", async () => {
  const world = createWorld();
  world.server.isDumpBad = true;
  const dropId = await unprovedDrop(world);
  forge(world, dropId, { state: "completed", purgeAt: new Date("2030-01-01T00:00:00Z") });
  await using two = startInstance(world, { name: "two", policy: kept });
  const asked = await two.chokepoint.purge(dropId, person("bob"), { comment: null, requestId: null });
  if (!("drop" in asked)) throw new Error(asked.kind);
  const before = world.server.changes.length;
  await two.chokepoint.approve(asked.drop.dropId, person("cyd"), { comment: null }).catch(() => undefined);
  while (two.contradictions.length === 0) await Bun.sleep(2);
  expect(two.contradictions[0]).toContain("its chain ends with drop.unproved");
  expect(world.server.changes.length).toBe(before);
});

test("a drop that was denied is not revived by one honest approval", async () => {
  const world = createWorld();
  const policy = testPolicy({ approval: { default: "hold", approvers: 1 } });
  await using one = startInstance(world, { name: "one", policy });
  const asked = await one.chokepoint.request(dropRequest(), provisioner, signal);
  if (!("drop" in asked)) throw new Error(asked.kind);
  const { dropId } = asked.drop;
  await one.chokepoint.deny(dropId, person("ann"), { comment: null });
  forge(world, dropId, { state: "held" });
  const approving = one.chokepoint.approve(dropId, person("bob"), { comment: null });
  await expect(approving).rejects.toMatchObject({ code: "chain-contradicts" });
  expect(world.server.changes).toEqual([]);
});

async function unprovedDrop(world: World): Promise<string> {
  await using one = startInstance(world, { name: "one", policy: kept });
  const answer = await one.chokepoint.request(dropRequest(), provisioner, signal);
  if (!("drop" in answer)) throw new Error(answer.kind);
  await untilState(world, answer.drop.dropId, ["unproved"]);
  return answer.drop.dropId;
}
