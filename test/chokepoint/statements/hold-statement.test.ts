import { expect, test } from "bun:test";
import { actionsOf, createWorld, person, testPolicy } from "../../support/engine.ts";
import {
  carryOut,
  dba,
  refused,
  started,
  startListening,
  watching,
  wireStatement,
} from "../../support/statements.ts";

const hold = wireStatement({ action: "hold" });
const comment = { comment: null };

test("a session waits until somebody else approves, in another instance; then it is started where it waits", async () => {
  const world = createWorld();
  await using one = startListening(world);
  await using two = startListening(world, { name: "two" });
  const watch = watching();
  const answer = one.chokepoint.statement(hold, dba, watch);
  const { dropId, expiresAt } = await watch.isHeld;
  expect(expiresAt.getTime() - world.now.getTime()).toBe(60_000);
  expect(await two.chokepoint.approve(dropId, person("ann"), comment)).toMatchObject({
    kind: "done",
    drop: { state: "approved" },
  });
  const through = started(await answer);
  carryOut(world, "100");
  await through.settle({ outcome: "ok", error: null });
  expect(actionsOf(world, dropId)).toEqual([
    "drop.requested",
    "drop.held",
    "drop.approved",
    "drop.started",
    "drop.completed",
  ]);
  expect(world.server.changes).toEqual([]);
  expect([...one.bugs, ...two.bugs]).toEqual([]);
});

test("two approvals of two people, each told to the client", async () => {
  const world = createWorld();
  await using one = startListening(world, { policy: testPolicy({ approval: { approvers: 2 } }) });
  const watch = watching();
  const answer = one.chokepoint.statement(hold, dba, watch);
  const { dropId } = await watch.isHeld;
  const both = await Promise.all(
    ["ann", "bob"].map((name) => one.chokepoint.approve(dropId, person(name), comment)),
  );
  expect(both.map(({ kind }) => kind)).toEqual(["done", "done"]);
  expect(await one.chokepoint.approve(dropId, person("ann"), comment)).toMatchObject({ kind: "conflict" });
  started(await answer);
  expect(watch.notices[0]).toMatchObject({ approvers: 2, approvals: 0 });
  expect(
    world.store.drops
      .get(dropId)
      ?.approvals.map((each) => each.person)
      .toSorted(),
  ).toEqual(["ann", "bob"]);
});

test("nobody approves what their own role, their certificate or a role that they took on has sent", async () => {
  const world = createWorld();
  await using one = startListening(world);
  const watch = watching();
  const session = { ...hold.session, role: "Ann", otherRoles: ["owner"], certificate: "carl" };
  const answer = one.chokepoint.statement({ ...hold, session }, { ...dba, name: "Ann" }, watch);
  const { dropId } = await watch.isHeld;
  for (const name of ["ann", "owner", "Carl"])
    expect(await one.chokepoint.approve(dropId, person(name), comment)).toMatchObject({ kind: "forbidden" });
  expect(await one.chokepoint.approve(dropId, { ...person("dora"), name: "owner" }, comment)).toMatchObject({
    kind: "forbidden",
  });
  watch.leave();
  expect(refused(await answer).state).toBe("cancelled");
});

test("what is denied, what expires, and whose client goes away is never started", async () => {
  const world = createWorld();
  await using one = startListening(world);
  const denied = watching();
  const first = one.chokepoint.statement(hold, dba, denied);
  await one.chokepoint.deny((await denied.isHeld).dropId, person("ann"), comment);
  expect(refused(await first).state).toBe("denied");

  const late = watching();
  const second = one.chokepoint.statement(hold, dba, late);
  const { dropId, expiresAt } = await late.isHeld;
  world.now = new Date(expiresAt.getTime() + 1);
  expect(await one.chokepoint.approve(dropId, person("ann"), comment)).toMatchObject({ kind: "conflict" });
  expect(refused(await second).state).toBe("expired");

  const gone = watching();
  const third = one.chokepoint.statement(hold, dba, gone);
  const held = await gone.isHeld;
  gone.leave();
  await one.chokepoint.approve(held.dropId, person("ann"), comment);
  expect(refused(await third).state).toBe("cancelled");
  const actions = world.store.events.map(({ action }) => action);
  expect(actions).not.toContain("drop.started");
});

test("a client that goes away while its start is committed is told nothing, and the row says so", async () => {
  const world = createWorld();
  const watch = watching();
  await using one = startListening(world, {
    async at(name, when) {
      await Promise.resolve();
      if (name === "ledger.step" && when === "after") watch.leave();
    },
  });
  const answer = refused(await one.chokepoint.statement(wireStatement(), dba, watch));
  expect(answer.state).toBe("cancelled");
  expect(actionsOf(world, answer.dropId ?? "")).toEqual(["drop.requested", "drop.started", "drop.cancelled"]);
});

test("what has the name by then is not what was approved", async () => {
  const world = createWorld();
  await using one = startListening(world);
  const watch = watching();
  const answer = one.chokepoint.statement(hold, dba, watch);
  const { dropId } = await watch.isHeld;
  carryOut(world, "100");
  world.server.things.push({ part: "database", id: "900", name: "db_acme" });
  await one.chokepoint.approve(dropId, person("ann"), comment);
  expect(refused(await answer).refusal).toMatchObject({ site: "identity" });
  expect(actionsOf(world, dropId)).not.toContain("drop.started");
});

test("custody stops: what waits is cancelled", async () => {
  const world = createWorld();
  const watch = watching();
  let answer;
  {
    await using one = startListening(world);
    answer = one.chokepoint.statement(hold, dba, watch);
    await watch.isHeld;
  }
  expect(refused(await answer).state).toBe("cancelled");
});

test("an undo, or a purge, of what a session did: nothing was kept", async () => {
  const world = createWorld();
  await using one = startListening(world);
  const { dropId, settle } = started(await one.chokepoint.statement(wireStatement(), dba, watching()));
  carryOut(world, "100");
  await settle({ outcome: "ok", error: null });
  expect(await one.chokepoint.undo(dropId, person("ann"), { as: null, from: null })).toMatchObject({
    kind: "conflict",
    reason: expect.stringContaining("a session carried it out"),
  });
  expect(await one.chokepoint.purge(dropId, person("ann"), { comment: null, requestId: null })).toMatchObject(
    { kind: "conflict" },
  );
});
