import { expect, test } from "bun:test";
import { dropStates } from "../../../src/chokepoint/drop.ts";
import type { Drop } from "../../../src/chokepoint/drop.ts";
import {
  actionsOf,
  createWorld,
  dropRequest,
  person,
  provisioner,
  testPolicy,
  untilState,
} from "../../support/engine.ts";
import type { World } from "../../support/engine.ts";
import { carryOut, dba, started, startListening, watching, wireStatement } from "../../support/statements.ts";

async function letThrough(world: World, statement = wireStatement()): Promise<string> {
  const one = startListening(world);
  const answer = started(await one.chokepoint.statement(statement, dba, watching()));
  one.kill();
  return answer.dropId;
}

test("the instance of a session dies after its start: another finds out in the catalog what became of it", async () => {
  for (const isGone of [true, false]) {
    const world = createWorld();
    const dropId = await letThrough(world);
    if (isGone) carryOut(world, "100");
    await using two = startListening(world, { name: "two" });
    const ended = await untilState(world, dropId, ["completed", "failed", "unknown"]);
    expect([ended.state, ended.outcome]).toEqual(isGone ? ["completed", "ok"] : ["failed", "rolled_back"]);
    expect(world.server.changes).toEqual([]);
    expect(two.bugs).toEqual([]);
  }
});

test("what no catalog tells stays unknown, and is told once", async () => {
  const world = createWorld();
  const truncate = [{ kind: "truncate", what: "TRUNCATE", names: ["orders"] }] as const;
  const dropId = await letThrough(world, wireStatement({ destructions: truncate }));
  for (const name of ["two", "three"]) {
    await using other = startListening(world, { name });
    await untilState(world, dropId, ["unknown"]);
    await other.chokepoint.list({ limit: 1 });
  }
  expect(actionsOf(world, dropId)).toEqual(["drop.requested", "drop.started", "drop.unknown"]);
});

test("a target that cannot be asked leaves it unknown", async () => {
  const world = createWorld();
  const dropId = await letThrough(world);
  world.server.isDown = true;
  await using _two = startListening(world, { name: "two" });
  await untilState(world, dropId, ["unknown"]);
});

test("a session whose instance is dead waits for nothing: its hold is cancelled, approved or not", async () => {
  for (const isApproved of [false, true]) {
    const world = createWorld();
    await using two = startListening(world, { name: "two" });
    const one = startListening(world);
    const watch = watching();
    void one.chokepoint.statement(wireStatement({ action: "hold" }), dba, watch).catch(() => undefined);
    const { dropId } = await watch.isHeld;
    // Nothing of it runs any more when the approval comes.
    one.kill();
    if (isApproved) await two.chokepoint.approve(dropId, person("ann"), { comment: null });
    const ended = await untilState(world, dropId, ["cancelled"]);
    expect(ended.startedAt).toBeNull();
    expect(world.server.changes).toEqual([]);
  }
});

test("who heard the server knows better than who looked it up meanwhile", async () => {
  const world = createWorld();
  await using one = startListening(world);
  const truncate = [{ kind: "truncate", what: "TRUNCATE", names: ["orders"] }] as const;
  const statement = wireStatement({ destructions: truncate });
  const { dropId, settle } = started(await one.chokepoint.statement(statement, dba, watching()));
  {
    // One that was away from the ledger for longer than its lease is taken for dead.
    world.store.owners.delete(dropId);
    await using _two = startListening(world, { name: "two" });
    await untilState(world, dropId, ["unknown"]);
  }
  await settle({ outcome: "ok", error: null });
  expect(world.store.drops.get(dropId)).toMatchObject({ state: "completed", outcome: "ok" });
});

/** Due last of all, a day later. */
async function holdSomething(world: World): Promise<string> {
  const policy = testPolicy({ approval: { default: "hold" } });
  await using one = startListening(world, { name: "three", policy });
  const request = dropRequest({
    providerResourceId: "db_other",
    intent: { names: {} },
    resourceType: "database",
    token: "",
  });
  const answer = await one.chokepoint.request(request, provisioner, new AbortController().signal);
  if (!("drop" in answer)) throw new Error(answer.kind);
  return answer.drop.dropId;
}

const past = new Date("2020-01-01T00:00:00Z");
const plan = {
  identity: {
    systemIdentifier: "1",
    parts: [{ part: "database", id: "102", name: "db_other", sizeBytes: 1 }],
  },
  fenceNames: { database: "custody_tomb_x" },
  saved: {},
  terms: { mode: "off", retentionMs: 0, keepMs: 0 },
  salt: "",
} as const;

test.each(dropStates.map((state) => [state] as const))(
  "nothing is ever sent for a session's row, wherever somebody puts it: %s",
  async (state) => {
    const forgeries: readonly Partial<Drop>[] = [
      { state },
      { state, statement: null },
      { state, statement: null, plan, identity: plan.identity, startedAt: past },
      { state, plan, identity: plan.identity, purgeAt: past, tombstoneUntil: past, fencedAt: past },
      { state, statement: null, plan, purgeAt: past, tombstoneUntil: past, fencedAt: past },
    ];
    for (const forgery of forgeries) {
      const world = createWorld();
      const dropId = await letThrough(world);
      const sentinel = await holdSomething(world);
      const drop = world.store.drops.get(dropId);
      if (drop === undefined) throw new Error("there is no such row");
      world.store.drops.set(dropId, { ...drop, ...forgery });
      world.store.owners.delete(dropId);
      world.now = new Date(world.now.getTime() + 86_400_000);
      const two = startListening(world, { name: "two" });
      const ann = person("ann");
      await two.chokepoint.approve(dropId, ann, { comment: null }).catch(() => undefined);
      await two.chokepoint.undo(dropId, ann, { as: null, from: null }).catch(() => undefined);
      await two.chokepoint.purge(dropId, ann, { comment: null, requestId: null }).catch(() => undefined);
      // Its worker has looked at everything that is due, and what it began has ended.
      await untilState(world, sentinel, ["expired"]);
      await two[Symbol.asyncDispose]();
      expect(world.server.changes).toEqual([]);
      expect(world.removed).toEqual([]);
    }
  },
);
