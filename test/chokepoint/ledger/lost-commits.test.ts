import { describe, expect, test } from "bun:test";
import { connect } from "../../../src/postgres/connect.ts";
import { firstBreak } from "../../support/chain-database.ts";
import { freshDatabase, startTestCluster } from "../../support/cluster.ts";
import { startCuttingProxy } from "../../support/cutting-proxy.ts";
import type { Cut } from "../../support/cutting-proxy.ts";
import { moved, newDrop, openTestLedger, provisioner, stepTo } from "../../support/ledger.ts";
import { poll } from "../../support/server-process.ts";

const cluster = await startTestCluster();

const cuts: readonly Cut[] = ["unsent", "unanswered", "late"];

describe("a connection that is cut at the commit", () => {
  for (const cut of cuts) {
    test(`${cut}: what is reported is what is there, once`, async () => {
      await using database = await freshDatabase(cluster);
      await using proxy = await startCuttingProxy(database.settings);
      await using ledger = await openTestLedger(proxy.settings);
      const told: string[] = [];
      using _moves = ledger.onMoved((dropId) => told.push(dropId));

      let wasCut = proxy.cutNext(cut);
      const { kind, drop } = await ledger.record(newDrop());
      await wasCut;
      expect(kind).toBe("new");

      wasCut = proxy.cutNext(cut);
      const started = moved(await ledger.step(stepTo(drop, "started")));
      await wasCut;

      // Nothing but the row tells of a step without events.
      wasCut = proxy.cutNext(cut);
      const tried = moved(
        await ledger.step({ ...stepTo(started, "started"), change: { attempts: 3 }, events: [] }),
      );
      await wasCut;
      expect(tried.attempts).toBe(3);

      // Many at once, one of which is not to be moved.
      const others = await Promise.all(Array.from({ length: 20 }, () => ledger.record(newDrop())));
      wasCut = proxy.cutNext(cut);
      const results = await Promise.all([
        ...others.map((each) => ledger.step(stepTo(each.drop, "started"))),
        ledger.step(stepTo(drop, "started")),
      ]);
      await wasCut;
      expect(results.map((each) => each.moved)).toEqual([...others.map(() => true), false]);

      wasCut = proxy.cutNext(cut);
      await ledger.append({
        action: "drop.orphaned",
        details: { drop_id: drop.dropId },
        resourceType: "database",
        resourceId: "x",
        actor: provisioner,
      });
      await wasCut;

      wasCut = proxy.cutNext(cut);
      moved(await ledger.step(stepTo(started, "unknown", { change: { claim: "release" } })));
      await wasCut;
      wasCut = proxy.cutNext(cut);
      const claimed = await ledger.claim(drop.dropId);
      await wasCut;
      expect(claimed).toMatchObject({ epoch: 2, state: "unknown" });

      // What arrives at the server now comes too late.
      proxy.deliver();
      expect((await ledger.timeline(drop.dropId)).map((each) => each.action)).toEqual([
        "drop.requested",
        "drop.started",
        "drop.orphaned",
        "drop.unknown",
      ]);
      await poll(async () => told.includes(drop.dropId));
      await using session = await connect(database.settings, { applicationName: "test" });
      expect(await firstBreak(session)).toMatchObject({ pos: -1, rows: 4 + 2 * others.length });
    }, 60_000);
  }

  test("and a server that cannot be asked any more: the outcome is unknown, and later there", async () => {
    await using database = await freshDatabase(cluster);
    await using proxy = await startCuttingProxy(database.settings);
    await using ledger = await openTestLedger(proxy.settings);
    const { drop } = await ledger.record(newDrop());
    const wasCut = proxy.cutNext("unanswered").then(() => proxy.close(true));
    const step = ledger.step(stepTo(drop, "started")).catch((error: unknown) => error);
    await wasCut;
    expect(await step).toMatchObject({ code: "connection-lost", isOutcomeUnknown: true });
    expect(await ledger.find(drop.dropId).catch((error: unknown) => error)).toMatchObject({
      name: "OpsError",
    });
    expect(await ledger.ping().catch((error: unknown) => error)).toMatchObject({
      name: "OpsError",
      isOutcomeUnknown: false,
    });
    proxy.close(false);
    expect(await ledger.find(drop.dropId)).toMatchObject({ state: "started" });
    await ledger.ping();
  }, 60_000);
});
