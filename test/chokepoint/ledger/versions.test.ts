import { describe, expect, test } from "bun:test";
import drops from "../../../migrations/000002_drops.sql" with { type: "text" };
import inventory from "../../../migrations/000003_inventory.sql" with { type: "text" };
import { installChain } from "../../../src/audit/install-chain.ts";
import { orphanReasons } from "../../../src/chokepoint/reconcile/facts.ts";
import { connect } from "../../../src/postgres/connect.ts";
import { quoteIdentifier } from "../../../src/postgres/identifiers.ts";
import { migrate } from "../../../src/postgres/migrate.ts";
import { startScratchCluster } from "../../../src/postgres/scratch-cluster.ts";
import { freshDatabase, majors, testInstallation } from "../../support/cluster.ts";
import { moved, newDrop, openTestLedger, stepTo } from "../../support/ledger.ts";

test("a ledger of version 2 is brought up, and takes the reasons that are new", async () => {
  await using cluster = await startScratchCluster({
    installation: await testInstallation(majors.at(0) ?? 15),
    env: process.env,
  });
  await using database = await freshDatabase(cluster);
  const schema = `it's "odd"`;
  await using session = await connect(database.settings, { applicationName: "test" });
  await installChain(session, { schema });
  const old = [drops, inventory].map((sql, index) => ({ version: index + 1, name: `${index}`, sql }));
  await migrate(session, { schema, migrations: old, currentVersion: async () => 0 });
  const table = `${quoteIdentifier(schema)}.custody_inventory`;
  const insert = (id: number, orphan: string) =>
    session.sql.unsafe(
      `insert into ${table} (target, system_identifier, part, id, name, first_seen, orphan)
       values ('t', '7', 'role', '${id}', 'r', now(), '${orphan}')`,
    );
  await insert(1, "fence-lifted");
  expect(insert(2, "left-over")).rejects.toThrow("custody_inventory_orphan");
  await using _ledger = await openTestLedger(database.settings, { schema });
  for (const [index, reason] of orphanReasons.entries()) await insert(10 + index, reason);
  expect(insert(3, "nonsense")).rejects.toThrow("custody_inventory_orphan");
  const [row] = await session.sql.unsafe(`select count(*)::int as count from ${table}`);
  expect(row).toMatchObject({ count: 1 + orphanReasons.length });
});

test("a drop of before plans and holds had terms can be looked at, beside all others", async () => {
  await using cluster = await startScratchCluster({
    installation: await testInstallation(),
    env: process.env,
  });
  await using database = await freshDatabase(cluster);
  await using ledger = await openTestLedger(database.settings);
  const { drop } = await ledger.record(newDrop());
  await ledger.record(newDrop());
  await using session = await connect(database.settings, { applicationName: "test" });
  const plan = { identity: { systemIdentifier: "7", parts: [] }, fenceNames: {}, saved: {} };
  const hold = { why: "policy", approvers: 1, expiresAt: "2026-11-22T12:00:00.000Z" };
  await session.sql.unsafe(
    "update custody_drops set plan = $1::text::jsonb, hold = $2::text::jsonb where drop_id = $3",
    [JSON.stringify(plan), JSON.stringify(hold), drop.dropId],
  );
  expect(await ledger.list({ limit: 9 })).toHaveLength(2);
  const old = await ledger.find(drop.dropId);
  expect(old?.plan?.terms).toMatchObject({ mode: "required" });
  expect(old?.hold?.terms).toBeNull();
});

describe.each(majors)("on PostgreSQL %d", (major) => {
  test("a drop goes its way, in any schema", async () => {
    await using cluster = await startScratchCluster({
      installation: await testInstallation(major),
      env: process.env,
    });
    await using database = await freshDatabase(cluster);
    const schema = `it's "odd"`;
    await using ledger = await openTestLedger(database.settings, { schema });
    await using other = await openTestLedger(database.settings, { schema });
    const told: string[] = [];
    using _moves = other.onMoved((dropId) => told.push(dropId));
    const { drop } = await ledger.record(newDrop());
    const guard = { identity: ["1/database:5"], volume: { drops: 2, perMs: 60_000 } };
    const started = moved(await ledger.step(stepTo(drop, "started", { guard })));
    const failed = moved(
      await ledger.step(stepTo(started, "failed", { change: { error: "x", claim: "release" } })),
    );
    expect(failed).toMatchObject({ state: "failed", error: "x" });
    expect(await other.claim(drop.dropId)).toMatchObject({ epoch: 2 });
    expect(await ledger.due(new Date(), 9)).toEqual([]);
    expect((await other.list({ limit: 9 })).map((each) => each.state)).toEqual(["failed"]);
    expect((await other.timeline(drop.dropId)).map((each) => each.seq)).toEqual([1, 2, 3]);
    expect(told).toContain(drop.dropId);
  });
});
