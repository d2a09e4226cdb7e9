import { expect, test } from "bun:test";
import { readFindings } from "../../../src/chokepoint/reconcile/read-findings.ts";
import type { FindingFilter } from "../../../src/chokepoint/reconcile/read-findings.ts";
import { freshDatabase, run, startTestCluster } from "../../support/cluster.ts";
import { openTestLedger, provisioner } from "../../support/ledger.ts";
import { never } from "../../support/postgres-target.ts";

const cluster = await startTestCluster();

test("what was told stands in the chain: filtered, newest first, whatever another custody wrote", async () => {
  await using database = await freshDatabase(cluster);
  await using ledger = await openTestLedger(database.settings);
  const tell = (
    action: string,
    resourceId: string,
    details: Parameters<typeof ledger.append>[0]["details"],
  ) => ledger.append({ action, details, resourceType: "database", resourceId, actor: provisioner });
  const loss = { oid: "7", system_identifier: "1", last_seen: "2026-11-22T00:00:00.000Z", witness: null };
  await tell("drop.unattributed", "db_1", { ...loss, target: "a", canary: false, witness: { wal: "0/1" } });
  await tell("drop.unattributed", "custody_canary_1", { ...loss, target: "a", canary: true });
  await tell("connection.refused", "db_2", { target: "a" });
  await tell("drop.orphaned", "db_3", { target: "b", reason: "of-tomorrow", oid: "8" });
  await tell("drop.orphaned", "db_4", {});
  // Put in round the triggers: no part of the chain.
  await run(
    database,
    `begin; set local session_replication_role = replica;
     insert into audit_events (id, actor, actor_type, action, resource_type, resource_id, details, details_hash, recorded_by, recorded_at)
       values ('x', 'x', 'x', 'drop.unattributed', 'database', 'db_5', '{}', '', 'x', now()); commit`,
  );
  const store = { settings: database.settings, schema: "public", signal: never };
  const read = async (filter: Partial<FindingFilter> = {}) => {
    const page = await readFindings(store, { since: null, targets: null, limit: 50, ...filter });
    return { names: page.findings.map(({ name }) => name), hasMore: page.hasMore, findings: page.findings };
  };
  const all = await read();
  expect(all).toMatchObject({ names: ["db_4", "db_3", "db_1"], hasMore: false });
  expect(all.findings[1]).toMatchObject({
    seq: 4,
    action: "drop.orphaned",
    reason: "of-tomorrow",
    id: "8",
    lastSeen: null,
  });
  expect(all.findings[2]).toMatchObject({
    target: "a",
    part: "database",
    id: "7",
    witness: { wal: "0/1" },
    dropId: null,
  });
  expect(await read({ targets: ["a"] })).toMatchObject({ names: ["db_1"] });
  expect(await read({ targets: [] })).toMatchObject({ names: [] });
  expect(await read({ limit: 2 })).toMatchObject({ names: ["db_4", "db_3"], hasMore: true });
  expect(await read({ limit: 3 })).toMatchObject({ hasMore: false });
  expect(await read({ since: all.findings[1]!.at })).toMatchObject({ names: ["db_4", "db_3"] });
});
