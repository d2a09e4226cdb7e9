import { expect, test } from "bun:test";
import type { DestructionKind } from "../../../src/destruction/kinds.ts";
import { actionsOf, createWorld, testPolicy } from "../../support/engine.ts";
import {
  carryOut,
  dba,
  refused,
  started,
  startListening,
  watching,
  wireStatement,
} from "../../support/statements.ts";

const ok = { outcome: "ok", error: null } as const;

function named(kind: DestructionKind, what: string, ...names: readonly string[]) {
  return wireStatement({ destructions: [{ kind, what, names }] });
}

test("what is audited is recorded with its identity before it is let through, and how it ended from the server", async () => {
  const world = createWorld();
  await using one = startListening(world);
  const answer = started(await one.chokepoint.statement(wireStatement(), dba, watching()));
  const before = world.store.drops.get(answer.dropId);
  expect(before).toMatchObject({
    state: "started",
    request: { resourceType: "database", providerResourceId: "db_acme", requestId: `wire-${answer.dropId}` },
    identity: { systemIdentifier: "1", parts: [{ part: "database", id: "100" }] },
  });
  carryOut(world, "100");
  await answer.settle(ok);
  expect(actionsOf(world, answer.dropId)).toEqual(["drop.requested", "drop.started", "drop.completed"]);
  expect(world.store.drops.get(answer.dropId)).toMatchObject({ state: "completed", outcome: "ok" });
  expect(world.server.changes).toEqual([]);
});

test("the catalog is believed before the server's word", async () => {
  const world = createWorld();
  await using one = startListening(world);
  const ask = async (statement = wireStatement()) =>
    started(await one.chokepoint.statement(statement, dba, watching()));
  const kept = await ask();
  await kept.settle(ok);
  expect(world.store.drops.get(kept.dropId)).toMatchObject({ state: "failed", outcome: "rolled_back" });
  const nothing = await ask(named("database", "DROP DATABASE", "db_nobody"));
  await nothing.settle(ok);
  expect(world.store.drops.get(nothing.dropId)).toMatchObject({ state: "noop", outcome: "noop" });
  const lost = await ask(named("role", "DROP ROLE", "usr_acme"));
  carryOut(world, "101");
  await lost.settle({ outcome: "unknown", error: null });
  expect(world.store.drops.get(lost.dropId)).toMatchObject({ state: "completed", outcome: "ok" });
  const said = await ask();
  await said.settle({ outcome: "error", error: { code: "55006", message: "it is in use" } });
  expect(world.store.drops.get(said.dropId)).toMatchObject({
    state: "failed",
    outcome: "error",
    error: "it is in use (55006)",
  });
});

test("what has no identity is let through by one commit, and ends as the server says", async () => {
  const world = createWorld();
  await using one = startListening(world);
  const truncate = started(
    await one.chokepoint.statement(named("truncate", "TRUNCATE", "orders"), dba, watching()),
  );
  await truncate.settle(ok);
  expect(world.store.drops.get(truncate.dropId)).toMatchObject({ state: "completed", outcome: "ok" });
  const lost = started(
    await one.chokepoint.statement(named("truncate", "TRUNCATE", "orders"), dba, watching()),
  );
  await lost.settle({ outcome: "unknown", error: null });
  expect(world.store.drops.get(lost.dropId)).toMatchObject({ state: "unknown", outcome: "unknown" });
  expect(actionsOf(world, lost.dropId)).toEqual(["drop.requested", "drop.started", "drop.unknown"]);
});

test("what the policy denies is one event, and no more than sixty a minute of one role and address", async () => {
  const world = createWorld();
  {
    await using one = startListening(world);
    const deny = wireStatement({ action: "deny" });
    const first = refused(await one.chokepoint.statement(deny, dba, watching()));
    expect(first).toMatchObject({ record: "row", state: "refused", refusal: { site: "policy" } });
    expect(actionsOf(world, first.dropId ?? "")).toEqual(["drop.refused"]);
    const rest = await Promise.all(
      Array.from({ length: 99 }, () => one.chokepoint.statement(deny, dba, watching())),
    );
    expect(rest.filter((each) => refused(each).record === "row")).toHaveLength(59);
    expect(rest.filter((each) => refused(each).record === "count")).toHaveLength(40);
  }
  const counted = world.store.events.filter(({ dropId }) => dropId === "");
  expect(counted).toMatchObject([
    {
      action: "drop.refused",
      details: { count: 40, listener: "customers-pg", role: "dba", peer: "192.0.2.9" },
    },
  ]);
});

test.each([
  named("database", "DROP DATABASE", "postgres"),
  named("database", "DROP DATABASE", "Template1"),
  named("database", "DROP DATABASE", "custody_tomb_ab"),
  named("functional", "ALTER DATABASE … RENAME", "custody_tomb_ab"),
  named("schema", "DROP SCHEMA", "custody_tomb_ab"),
  named("table", "DROP TABLE", "custody_tomb_ab.orders"),
  wireStatement({
    destructions: [{ kind: "truncate", what: "TRUNCATE", names: ["orders"] }],
    session: { ...wireStatement().session, database: "custody_tomb_ab" },
  }),
])("no policy gives up what is reserved or custody's own (%#)", async (statement) => {
  const world = createWorld();
  await using one = startListening(world);
  const answer = refused(await one.chokepoint.statement(statement, dba, watching()));
  expect(answer).toMatchObject({ record: "row", refusal: { site: "identity" } });
});

test("a database that cannot be identified is refused; a table is let through without", async () => {
  const world = createWorld();
  await using one = startListening(world);
  world.server.isDown = true;
  const database = refused(await one.chokepoint.statement(wireStatement(), dba, watching()));
  expect(database.refusal).toMatchObject({ site: "target", isPassing: true });
  const hole = refused(await one.chokepoint.statement(named("role", "DROP ROLE", "usr_…"), dba, watching()));
  expect(hole.refusal.site).toBe("identity");
  const table = started(
    await one.chokepoint.statement(named("table", "DROP TABLE", "orders"), dba, watching()),
  );
  await table.settle(ok);
  expect(world.store.drops.get(table.dropId)).toMatchObject({ state: "completed", identity: null });
});

test("without its ledger everything is refused, and nothing is known of it", async () => {
  const world = createWorld();
  await using one = startListening(world);
  world.store.isDown = true;
  const answer = refused(await one.chokepoint.statement(wireStatement(), dba, watching()));
  expect(answer).toMatchObject({
    record: "none",
    dropId: null,
    refusal: { site: "ledger", isPassing: true },
  });
  world.store.isDown = false;
  expect(world.store.drops.size).toBe(0);
});

test("an end that the ledger did not take at once is recorded when it is back", async () => {
  const world = createWorld();
  await using one = startListening(world);
  const answer = started(
    await one.chokepoint.statement(named("truncate", "TRUNCATE", "orders"), dba, watching()),
  );
  world.store.isDown = true;
  const settled = answer.settle(ok);
  expect(world.store.drops.get(answer.dropId)?.state).toBe("started");
  world.store.isDown = false;
  await settled;
  expect(world.store.drops.get(answer.dropId)?.state).toBe("completed");
});

test("too many databases in an hour are held, tables are not counted", async () => {
  const world = createWorld();
  const policy = testPolicy({ breaker: { volume: { drops: 1, per: "1h" } } });
  await using one = startListening(world, { policy });
  for (const name of ["a", "b", "c"]) {
    const table = await one.chokepoint.statement(named("table", "DROP TABLE", name), dba, watching());
    await started(table).settle(ok);
  }
  const first = started(await one.chokepoint.statement(wireStatement(), dba, watching()));
  await first.settle({ outcome: "rolled_back", error: null });
  const watch = watching();
  const second = one.chokepoint.statement(named("database", "DROP DATABASE", "db_other"), dba, watch);
  const { dropId } = await watch.isHeld;
  expect(world.store.drops.get(dropId)).toMatchObject({ state: "held", hold: { why: "volume" } });
  watch.leave();
  expect(refused(await second)).toMatchObject({ dropId, state: "cancelled" });
});

test("a request_id of a comment stands on many statements, and takes none from a request", async () => {
  const world = createWorld();
  await using one = startListening(world);
  const tagged = { ...named("table", "DROP TABLE", "a"), requestId: "r1" };
  const ids = new Set<string>();
  for (let each = 0; each < 3; each += 1) {
    const answer = started(await one.chokepoint.statement(tagged, dba, watching()));
    ids.add(answer.dropId);
    await answer.settle(ok);
  }
  expect(ids.size).toBe(3);
});
