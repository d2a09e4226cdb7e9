import { describe, expect, test } from "bun:test";
import { startScratchCluster } from "../../../src/postgres/scratch-cluster.ts";
import { freshDatabase, majors, testInstallation } from "../../support/cluster.ts";
import { moved, newDrop, openTestLedger, stepTo } from "../../support/ledger.ts";

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
