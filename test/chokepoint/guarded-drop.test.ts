import { expect, test } from "bun:test";
import type { DropFact } from "../../src/chokepoint/ports.ts";
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

test("the whole way: fenced at the answer, proved after it, destroyed at the end of the retention, gone with its tombstone", async () => {
  const world = createWorld();
  const policy = testPolicy({ tombstone: { mode: "required", retention: "1s", keep: "5s" } });
  await using one = startInstance(world, { name: "one", policy });
  const answer = await one.chokepoint.request(dropRequest(), provisioner, signal);
  if (answer.kind !== "new") throw new Error(answer.kind);
  const { dropId } = answer.drop;
  expect([answer.drop.state, answer.drop.outcome]).toEqual(["fenced", "ok"]);
  expect(world.server.things.map((each) => each.name)).toEqual([
    `custody_tomb_${dropId}_database`,
    `custody_tomb_${dropId}_role`,
    "db_other",
  ]);
  await untilState(world, dropId, ["completed"]);
  world.now = new Date(world.now.getTime() + 1001);
  await untilState(world, dropId, ["purged"]);
  expect(world.server.things.map((each) => each.name)).toEqual(["db_other"]);
  expect(world.removed).toEqual([]);
  world.now = new Date(world.now.getTime() + 5000);
  while (world.removed.length === 0) await Bun.sleep(2);
  expect(actionsOf(world, dropId)).toEqual([
    "drop.requested",
    "drop.started",
    "drop.fenced",
    "drop.tombstoned",
    "drop.proved",
    "drop.completed",
    "drop.purge_started",
    "drop.purged",
    "drop.purge_started",
    "drop.purged",
  ]);
  expect(one.bugs).toEqual([]);
});

test.each([
  ["all", ["100", "101"]],
  ["a part", ["100"]],
])(
  "what came back without custody is never destroyed at the end of the retention: %s of it",
  async (_, back) => {
    const world = createWorld();
    const policy = testPolicy({ tombstone: { retention: "1h" } });
    await using one = startInstance(world, { name: "one", policy });
    const answer = await one.chokepoint.request(dropRequest(), provisioner, signal);
    if (answer.kind !== "new") throw new Error(answer.kind);
    const { dropId } = answer.drop;
    await untilState(world, dropId, ["completed"]);
    // As a restore to before the fence, a failover that lost it, or a rename by hand would have it.
    for (const thing of world.server.things)
      if (back.includes(thing.id)) thing.name = thing.part === "role" ? "usr_acme" : "db_acme";
    world.now = new Date(world.now.getTime() + 3_600_001);
    const drop = await untilState(world, dropId, ["unproved", "purged"]);
    expect([drop.state, drop.error]).toEqual([
      "unproved",
      "it is not behind its fence any more, and custody did not undo it: nothing was destroyed",
    ]);
    expect(world.server.things.map((each) => each.id)).toEqual(["100", "101", "102"]);
    expect(world.removed).toEqual([]);
    await one.chokepoint.undo(dropId, provisioner, { as: null, from: null });
    await untilState(world, dropId, ["undone"]);
  },
);

test("no byte that changes anything leaves before drop.started is recorded", async () => {
  const world = createWorld();
  await using one = startInstance(world, { name: "one" });
  await one.chokepoint.request(dropRequest(), provisioner, signal);
  expect(world.server.changes.length).toBeGreaterThan(0);
  for (const change of world.server.changes) expect(change.recorded).toContain("drop.started");
});

test("without a tombstone it is destroyed at once, and nothing is left to undo", async () => {
  const world = createWorld();
  const policy = testPolicy({ tombstone: { mode: "off" } });
  await using one = startInstance(world, { name: "one", policy });
  const answer = await one.chokepoint.request(dropRequest(), provisioner, signal);
  if (answer.kind !== "new") throw new Error(answer.kind);
  expect(actionsOf(world, answer.drop.dropId)).toEqual(["drop.requested", "drop.started", "drop.completed"]);
  expect(world.server.things.map((each) => each.name)).toEqual(["db_other"]);
  const undo = await one.chokepoint.undo(answer.drop.dropId, provisioner, { as: null, from: null });
  expect(undo.kind).toBe("conflict");
});

test("a repeat gets the first one's state, another content a conflict, a second request for the same resource a noop", async () => {
  const world = createWorld();
  await using one = startInstance(world, { name: "one" });
  const first = await one.chokepoint.request(dropRequest(), provisioner, signal);
  const repeat = await one.chokepoint.request(dropRequest(), provisioner, signal);
  const other = await one.chokepoint.request(
    dropRequest({ intent: { reason: "another reason" } }),
    provisioner,
    signal,
  );
  const second = await one.chokepoint.request(dropRequest({ requestId: "r2" }), provisioner, signal);
  expect([first.kind, repeat.kind, other.kind]).toEqual(["new", "repeat", "conflict"]);
  if (second.kind !== "new") throw new Error(second.kind);
  expect([second.drop.state, second.drop.outcome]).toEqual(["noop", "noop"]);
  expect(actionsOf(world, second.drop.dropId)).toEqual(["drop.requested", "drop.noop"]);
});

test("64 at once for one resource: one drop, the others noop", async () => {
  const world = createWorld();
  const policy = testPolicy({ breaker: { volume: { drops: 1000, per: "1h" } } });
  await using one = startInstance(world, { name: "one", policy });
  await using two = startInstance(world, { name: "two", policy });
  const answers = await Promise.all(
    Array.from({ length: 64 }, async (_, index) =>
      (index % 2 === 0 ? one : two).chokepoint.request(
        dropRequest({ requestId: `r${index}` }),
        provisioner,
        signal,
      ),
    ),
  );
  const states = answers.map((each) => ("drop" in each ? each.drop.state : each.kind));
  expect(states.filter((each) => each === "fenced")).toHaveLength(1);
  expect(states.filter((each) => each === "noop" || each === "refused")).toHaveLength(63);
  const fences = world.server.changes.filter((each) => each.what === "fence database");
  expect(fences).toHaveLength(1);
});

test("what differs when it is restored is unproved: never purged, and undone from its fence", async () => {
  const world = createWorld();
  world.server.isDumpBad = true;
  const policy = testPolicy({ tombstone: { retention: "0s" } });
  await using one = startInstance(world, { name: "one", policy });
  const answer = await one.chokepoint.request(dropRequest(), provisioner, signal);
  if (answer.kind !== "new") throw new Error(answer.kind);
  const drop = await untilState(world, answer.drop.dropId, ["unproved"]);
  expect(drop.error).toBe("a row differs");
  const purge = await one.chokepoint.purge(drop.dropId, person("ann"), { comment: null, requestId: null });
  expect(purge.kind).toBe("conflict");
  await one.chokepoint.undo(drop.dropId, provisioner, { as: null, from: null });
  await untilState(world, drop.dropId, ["undone"]);
  expect(world.server.things.map((each) => each.name)).toEqual(["db_acme", "usr_acme", "db_other"]);
});

test("a ledger that is down: nothing is done, and the same request is decided when it is back", async () => {
  const world = createWorld();
  await using one = startInstance(world, { name: "one" });
  const facts: DropFact[] = [];
  using _all = one.chokepoint.follow((fact) => void facts.push(fact));
  world.store.isDown = true;
  const answer = await one.chokepoint.request(dropRequest(), provisioner, signal);
  expect(answer).toEqual({ kind: "unrecorded", reason: "the ledger is down" });
  expect(facts.map(({ event, drop }) => [event, drop.refusal?.site])).toEqual([["drop.refused", "ledger"]]);
  expect(world.server.changes).toEqual([]);
  world.store.isDown = false;
  const again = await one.chokepoint.request(dropRequest(), provisioner, signal);
  expect("drop" in again && again.drop.state).toBe("fenced");
});

test.each([true, false])(
  "what comes back from its tombstone leaves its fence, which is destroyed in its time: still there %p",
  async (isThere) => {
    const world = createWorld();
    const policy = testPolicy({ tombstone: { mode: "required", retention: "30d", keep: "90d" } });
    await using one = startInstance(world, { name: "one", policy });
    const answer = await one.chokepoint.request(dropRequest(), provisioner, signal);
    if (answer.kind !== "new") throw new Error(answer.kind);
    const { dropId } = answer.drop;
    await untilState(world, dropId, ["completed"]);
    await one.chokepoint.undo(dropId, provisioner, { as: null, from: "tombstone" });
    const undone = await untilState(world, dropId, ["undone"]);
    expect(undone.undoFrom).toBe("tombstone");
    expect(undone.purgeAt).not.toBeNull();
    expect(world.server.things.map((each) => each.name)).toContain(`custody_tomb_${dropId}_database`);
    // Somebody may destroy it by hand before.
    if (!isThere)
      for (const id of ["100", "101"])
        world.server.things.splice(
          world.server.things.findIndex((each) => each.id === id),
          1,
        );
    world.now = new Date(world.now.getTime() + 31 * 86_400_000);
    while (world.store.drops.get(dropId)?.purgeAt !== null) await Bun.sleep(2);
    expect(world.store.drops.get(dropId)?.state).toBe("undone");
    expect(world.server.things.map((each) => each.name).toSorted()).toEqual([
      "db_acme",
      "db_other",
      "usr_acme",
    ]);
    expect(actionsOf(world, dropId).slice(-4)).toEqual([
      "drop.undo_started",
      "drop.undone",
      "drop.purge_started",
      "drop.purged",
    ]);
    expect(one.bugs).toEqual([]);
  },
);

test("the same request by another caller is told where it stands, and begins nothing", async () => {
  const world = createWorld();
  const policy = testPolicy({
    terminality: { url: "postgres://p", query: "select 1", terminal: ["deleted"] },
  });
  world.platform.isDown = true;
  await using one = startInstance(world, { name: "one", policy });
  const first = await one.chokepoint.request(dropRequest(), provisioner, signal);
  expect("drop" in first && first.drop.state).toBe("refused");
  world.platform.isDown = false;
  const again = await one.chokepoint.request(dropRequest(), person("ann"), signal);
  expect([again.kind, "drop" in again && again.drop.state]).toEqual(["repeat", "refused"]);
  const same = await one.chokepoint.request(dropRequest(), provisioner, signal);
  expect("drop" in same && same.drop.state).toBe("fenced");
});

test.each([
  ["gone for good: unproved, and nothing destroyed", false],
  ["back before anybody gave up: destroyed", true],
])("a fence whose tombstone is to outlive it, and is %s", async (_, comesBack) => {
  const world = createWorld();
  const policy = testPolicy({ tombstone: { mode: "required", retention: "1h", keep: "90d" } });
  await using one = startInstance(world, { name: "one", policy });
  const answer = await one.chokepoint.request(dropRequest(), provisioner, signal);
  if (answer.kind !== "new") throw new Error(answer.kind);
  const { dropId } = answer.drop;
  await untilState(world, dropId, ["completed"]);
  world.isTombstoneGone = true;
  world.now = new Date(world.now.getTime() + 3_600_001);
  while (one.warnings.length === 0) await Bun.sleep(2);
  expect(one.warnings[0]).toContain(`/tombstones/${dropId} is gone`);
  if (comesBack) world.isTombstoneGone = false;
  const { state } = await untilState(world, dropId, ["unproved", "purged"]);
  expect(state).toBe(comesBack ? "purged" : "unproved");
  expect(world.server.things).toHaveLength(comesBack ? 1 : 3);
});

test("a tombstone that cannot be read keeps nothing from coming back from its fence, and is told", async () => {
  const world = createWorld();
  await using one = startInstance(world, { name: "one" });
  const answer = await one.chokepoint.request(dropRequest(), provisioner, signal);
  if (answer.kind !== "new") throw new Error(answer.kind);
  const { dropId } = answer.drop;
  await untilState(world, dropId, ["completed"]);
  world.isTombstoneGone = true;
  await one.chokepoint.undo(dropId, provisioner, { as: null, from: "tombstone" });
  expect((await untilState(world, dropId, ["undo_failed"])).error).toContain("is gone");
  await one.chokepoint.undo(dropId, provisioner, { as: null, from: null });
  await untilState(world, dropId, ["undone"]);
  expect(world.server.things.map((each) => each.id)).toEqual(["100", "101", "102"]);
  const { details } = world.store.events.findLast(({ action }) => action === "drop.undone") ?? {};
  expect(details?.["notes"]).toEqual([`its tombstone was not compared with: /tombstones/${dropId} is gone`]);
});

test("an undo whose target is away goes on when it is back", async () => {
  const world = createWorld();
  await using one = startInstance(world, { name: "one" });
  const answer = await one.chokepoint.request(dropRequest(), provisioner, signal);
  if (answer.kind !== "new") throw new Error(answer.kind);
  const { dropId } = answer.drop;
  await untilState(world, dropId, ["completed"]);
  world.server.isDown = true;
  await one.chokepoint.undo(dropId, provisioner, { as: null, from: null });
  while (one.warnings.length === 0) await Bun.sleep(2);
  expect(one.warnings[0]).toContain("waits: the target is down");
  expect(world.store.drops.get(dropId)?.error).toBe("the target is down");
  world.server.isDown = false;
  const { error } = await untilState(world, dropId, ["undone", "undo_failed"]);
  expect(error).toBeNull();
  expect(actionsOf(world, dropId).slice(-2)).toEqual(["drop.undo_started", "drop.undone"]);
});
