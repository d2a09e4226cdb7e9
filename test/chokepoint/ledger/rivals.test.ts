import { describe, expect, test } from "bun:test";
import { randomUUID } from "node:crypto";
import type { Drop } from "../../../src/chokepoint/drop.ts";
import { connect } from "../../../src/postgres/connect.ts";
import { firstBreak } from "../../support/chain-database.ts";
import { freshDatabase, startTestCluster } from "../../support/cluster.ts";
import { moved, newDrop, openTestLedger, provisioner, stepTo } from "../../support/ledger.ts";

const cluster = await startTestCluster(15, { parameters: { max_connections: "100" } });

const many = 64;

/** Four custodies over one ledger. */
async function openFour(settings: Parameters<typeof openTestLedger>[0]) {
  const stack = new AsyncDisposableStack();
  const ledgers = await Promise.all(
    [1, 2, 3, 4].map(async (n) => stack.use(await openTestLedger(settings, { instanceName: `n${n}` }))),
  );
  return { of: (index: number) => ledgers[index % 4]!, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

describe("four custodies over one ledger", () => {
  test("that open it at once install it once", async () => {
    await using database = await freshDatabase(cluster);
    await using four = await openFour(database.settings);
    await Promise.all([0, 1, 2, 3].map((n) => four.of(n).ping()));
    await using session = await connect(database.settings, { applicationName: "test" });
    const rows = await session.sql`select name from custody_instances order by name`;
    expect(rows.map((row) => row["name"])).toEqual(["n1", "n2", "n3", "n4"]);
  });

  test("record and move each of 64 drops once, in a chain that verifies", async () => {
    await using database = await freshDatabase(cluster);
    await using four = await openFour(database.settings);
    const ids = Array.from({ length: many / 2 }, () => randomUUID());
    const recorded = await Promise.all(
      [...ids, ...ids].map((requestId, index) =>
        four.of(index + (index >= many / 2 ? 1 : 0)).record(newDrop({ requestId })),
      ),
    );
    expect(recorded.filter((each) => each.kind === "new")).toHaveLength(many / 2);
    expect(recorded.filter((each) => each.kind === "repeat")).toHaveLength(many / 2);
    const drops = recorded.filter((each) => each.kind === "new").map((each) => each.drop);
    // Each instance tries to start each drop.
    const results = await Promise.all(
      drops.flatMap((drop) =>
        [0, 1, 2, 3].map((n) => four.of(n).step(stepTo(drop, "started", { change: { claim: "take" } }))),
      ),
    );
    expect(results.filter((each) => each.moved)).toHaveLength(drops.length);
    for (const each of results)
      if (!each.moved) expect(each).toMatchObject({ why: "stale", drop: { state: "started", epoch: 2 } });
    await using session = await connect(database.settings, { applicationName: "test" });
    expect(await firstBreak(session)).toMatchObject({ pos: -1, rows: drops.length * 2 });
    const [count] =
      await session.sql`select count(distinct details ->> 'drop_id')::int as drops from audit_events where action = 'drop.started'`;
    expect(count).toEqual({ drops: drops.length });
  });

  test("never start more than the volume allows, of a target and of all callers together", async () => {
    await using database = await freshDatabase(cluster);
    await using four = await openFour(database.settings);
    const drops = await recordMany(four, (index) =>
      newDrop({ target: index % 2 === 0 ? "a" : "b", caller: { ...provisioner, name: `c${index % 3}` } }),
    );
    const results = await Promise.all(
      drops.map((drop, index) =>
        four.of(index).step(stepTo(drop, "started", { guard: { volume: { drops: 7, perMs: 60_000 } } })),
      ),
    );
    for (const target of ["a", "b"]) {
      const own = results.filter((each) => each.drop.request.target === target);
      expect(own.filter((each) => each.moved)).toHaveLength(7);
      for (const each of own)
        if (!each.moved) expect(each).toMatchObject({ why: "volume", drop: { state: "requested" } });
    }
    // What is past the window counts no more.
    const later = await openTestLedger(database.settings, { now: () => new Date(Date.now() + 61_000) });
    await using _later = later;
    const held = results.find((each) => !each.moved)!.drop;
    moved(await later.step(stepTo(held, "started", { guard: { volume: { drops: 7, perMs: 60_000 } } })));
  });

  test("start one drop of an oid, until it is free again", async () => {
    await using database = await freshDatabase(cluster);
    await using four = await openFour(database.settings);
    const drops = await recordMany(four, () => newDrop());
    const guard = { identity: ["1/database:5", "1/role:6"] };
    const start = (drop: Drop, index: number, identity = guard.identity) =>
      four.of(index).step(stepTo(drop, "started", { guard: { identity } }));
    const results = await Promise.all(
      drops.map((drop, index) => start(drop, index, index % 2 === 0 ? guard.identity : ["1/role:6"])),
    );
    const winners = results.filter((each) => each.moved);
    expect(winners).toHaveLength(1);
    const winner = winners[0]!.drop;
    for (const each of results)
      if (!each.moved) expect(each).toMatchObject({ why: "identity", other: winner.dropId });
    const fenced = moved(
      await four.of(1).step(stepTo(winner, "fenced", { change: { fencedAt: new Date() } })),
    );
    const second = results.find((each) => !each.moved)!.drop;
    expect(await start(second, 2)).toMatchObject({ moved: false, why: "identity" });
    moved(await four.of(3).step(stepTo(fenced, "undone")));
    moved(await start(second, 0));
    // Failed before its fence, it stands as before.
    const third = results.findLast((each) => !each.moved)!.drop;
    moved(await four.of(1).step(stepTo({ ...second, state: "started" }, "failed")));
    moved(await start(third, 1));
  });
});

async function recordMany(four: Awaited<ReturnType<typeof openFour>>, make: (index: number) => Drop) {
  const recorded = await Promise.all(
    Array.from({ length: many }, (_, index) => four.of(index).record(make(index))),
  );
  return recorded.map((each) => each.drop);
}
