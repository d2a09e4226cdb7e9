import { afterAll, describe, expect, test } from "bun:test";
import { testTools } from "../../support/cluster.ts";
import { moved, newDrop, openTestLedger, provisioner, stepTo } from "../../support/ledger.ts";
import { makeServer, poll } from "../../support/server-process.ts";
import { connect } from "../../../src/postgres/connect.ts";

const server = await makeServer(await testTools());
await server.start();
afterAll(() => server[Symbol.asyncDispose]());

/** How long a call may keep its caller waiting for a server that is not there. */
const seconds = 20;

describe("a server that stops", () => {
  test("and comes back under load loses nothing that was acknowledged", async () => {
    await using ledger = await openTestLedger(server.settings, { schema: "restarted" });
    await using other = await openTestLedger(server.settings, { schema: "restarted" });
    const { drop } = await ledger.record(newDrop());
    using claim = ledger.keepAlive(drop.dropId, drop.epoch);
    const acknowledged: string[] = [];
    let longestMs = 0;
    let failures = 0;
    let isOver = false;
    const load = async (): Promise<void> => {
      while (!isOver) {
        const began = performance.now();
        const n = crypto.randomUUID();
        try {
          await ledger.append({
            action: "drop.unattributed",
            details: { n },
            resourceType: "database",
            resourceId: n,
            actor: provisioner,
          });
          acknowledged.push(n);
        } catch (error) {
          expect(error).toMatchObject({ name: "OpsError" });
          failures += 1;
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
        longestMs = Math.max(longestMs, performance.now() - began);
      }
    };
    const loads = Array.from({ length: 8 }, load);
    for (const signal of ["SIGQUIT", "SIGINT"] as const) {
      const before = acknowledged.length;
      await poll(async () => acknowledged.length > before + 50);
      await server.stop(signal);
      const failed = failures;
      await poll(async () => failures > failed);
      await server.start();
      // Before its holder is back, the drop is nobody else's.
      expect(await other.claim(drop.dropId)).toBeNull();
      expect(await other.due(new Date(), 9)).toEqual([]);
    }
    const after = acknowledged.length;
    await poll(async () => acknowledged.length > after + 50);
    isOver = true;
    await Promise.all(loads);
    expect(longestMs).toBeLessThan(seconds * 1000);
    expect(claim.lost.aborted).toBe(false);
    moved(await ledger.step(stepTo(drop, "started")));
    await using session = await connect(server.settings, { applicationName: "test" });
    const rows =
      await session.sql`select resource_id as n from restarted.audit_events where action = 'drop.unattributed'`;
    const there = rows.map((row) => String(row["n"]));
    expect(new Set(there).size).toBe(there.length);
    expect(acknowledged.filter((each) => !there.includes(each))).toEqual([]);
    const [walk] =
      await session.sql`select first_break_pos as pos from restarted.audit_events_verify_chain()`;
    expect(walk).toEqual({ pos: -1 });
  }, 120_000);

  test("without a word is given up within seconds, and asked again later", async () => {
    await using ledger = await openTestLedger(server.settings, { schema: "frozen", leaseMs: 2000 });
    const { drop } = await ledger.record(newDrop());
    using claim = ledger.keepAlive(drop.dropId, drop.epoch);
    const lost = new Promise<void>((resolve) => claim.lost.addEventListener("abort", () => resolve()));
    {
      await using _frozen = await server.freeze();
      const began = performance.now();
      const error = await ledger.step(stepTo(drop, "started")).catch((each: unknown) => each);
      expect(error).toMatchObject({ name: "OpsError", isOutcomeUnknown: true });
      expect(performance.now() - began).toBeLessThan(seconds * 1000);
      await lost;
    }
    await poll(async () => (await ledger.find(drop.dropId)) !== null);
    await ledger.ping();
    const result = await ledger.step(stepTo(drop, "started", { from: ["requested", "started"] }));
    expect(result.drop.state).toBe("started");
    await poll(async () => (await ledger.claim(drop.dropId)) !== null);
  }, 120_000);
});

test("a ledger that is not there is told of when it is opened", async () => {
  const nowhere = { ...server.settings, hosts: [{ host: "/nowhere", port: 5432 }] };
  expect(await openTestLedger(nowhere).catch((error: unknown) => error)).toMatchObject({
    code: "unreachable",
  });
});
