import { describe, expect, test } from "bun:test";
import { randomUUID } from "node:crypto";
import type { DecidedPlan, Identity } from "../../../src/chokepoint/drop.ts";
import { connect } from "../../../src/postgres/connect.ts";
import { firstBreak } from "../../support/chain-database.ts";
import { freshDatabase, startTestCluster } from "../../support/cluster.ts";
import { ann, moved, newDrop, openTestLedger, provisioner, stepTo, testTerms } from "../../support/ledger.ts";

const cluster = await startTestCluster();

const identity: Identity = {
  systemIdentifier: "7400000000000000001",
  parts: [
    { part: "role", name: "usr_1", id: "16385", sizeBytes: null },
    { part: "database", name: "db_1", id: "16384", sizeBytes: 8_000_000 },
  ],
};
const plan: DecidedPlan = {
  identity,
  fenceNames: { database: "custody_tomb_1", role: "custody_tomb_2" },
  saved: { owner: "usr_1", limit: -1 },
  secret: { verifier: "SCRAM-SHA-256$4096:secret" },
  terms: testTerms,
  salt: "",
};

describe("a drop in the ledger", () => {
  test("is recorded with its event, and found again whole", async () => {
    await using database = await freshDatabase(cluster);
    await using ledger = await openTestLedger(database.settings);
    const drop = newDrop({ hold: { why: "policy", approvers: 2, expiresAt: new Date(5), terms: null } });
    const recorded = await ledger.record(drop);
    expect(recorded.kind).toBe("new");
    const found = await ledger.find(drop.dropId);
    expect({ ...found, updatedAt: drop.updatedAt }).toEqual(drop);
    const timeline = await ledger.timeline(drop.dropId);
    expect(timeline.map((each) => [each.action, each.actor, each.seq])).toEqual([
      ["drop.requested", "provisioner", 1],
    ]);
    expect(timeline[0]?.details).toMatchObject({
      drop_id: drop.dropId,
      request_id: drop.request.requestId,
      token: "t1",
      provider_resource_id: drop.request.providerResourceId,
      system_identifier: null,
      oid: null,
      fence_name: null,
      statement_fingerprint: null,
      resource_type: "postgres",
      backend: "shared",
      target: "customers",
      caller: "provisioner",
      peer: "192.0.2.7",
      protocol: "http",
      reason: "the customer left",
    });
    expect(await ledger.find("no-such-drop")).toBeNull();
  });

  test("is one for one request_id, and another content is a conflict", async () => {
    await using database = await freshDatabase(cluster);
    await using ledger = await openTestLedger(database.settings);
    const requestId = randomUUID();
    const first = newDrop({ requestId });
    expect((await ledger.record(first)).kind).toBe("new");
    const again = await ledger.record(newDrop({ requestId }));
    expect([again.kind, again.drop.dropId]).toEqual(["repeat", first.dropId]);
    const other = await ledger.record(newDrop({ requestId, requestHash: "another" }));
    expect([other.kind, other.drop.dropId]).toEqual(["conflict", first.dropId]);
  });

  test("moves with its events, whose common fields come from the row and are not covered", async () => {
    await using database = await freshDatabase(cluster);
    await using ledger = await openTestLedger(database.settings);
    const { drop } = await ledger.record(newDrop());
    const started = moved(
      await ledger.step(
        stepTo(drop, "started", {
          change: { plan, identity, attempts: 1 },
          events: [{ action: "drop.started", details: { oid: "1", note: "a\0b\ud800", size: 8 } }],
          actor: ann,
        }),
      ),
    );
    expect(started.state).toBe("started");
    expect(started.startedAt).toBeInstanceOf(Date);
    expect(started.plan).toEqual({
      identity,
      fenceNames: plan.fenceNames,
      saved: plan.saved,
      terms: testTerms,
      salt: "",
    });
    expect(await ledger.findSecret(drop.dropId)).toEqual({ verifier: "SCRAM-SHA-256$4096:secret" });
    const [, event] = await ledger.timeline(drop.dropId);
    expect(event).toMatchObject({ action: "drop.started", actor: "oncall" });
    expect(event?.details).toMatchObject({
      oid: "16384",
      fence_name: "custody_tomb_1",
      system_identifier: "7400000000000000001",
      caller: "provisioner",
      actor_person: "ann",
      actor_peer: "192.0.2.8",
      note: "a\u{FFFD}b\u{FFFD}",
      size: 8,
    });
    expect(JSON.stringify(event)).not.toContain("SCRAM");
  });

  test("does not move from where it is not, nor for an older epoch", async () => {
    await using database = await freshDatabase(cluster);
    await using ledger = await openTestLedger(database.settings);
    const { drop } = await ledger.record(newDrop());
    const wrong = await ledger.step(stepTo(drop, "fenced", { from: ["started"] }));
    expect(wrong).toMatchObject({ moved: false, why: "stale" });
    const taken = moved(
      await ledger.step(
        stepTo(drop, "held", {
          change: {
            claim: "take",
            hold: { why: "policy", approvers: 1, expiresAt: new Date(), terms: null },
          },
        }),
      ),
    );
    expect(taken.epoch).toBe(2);
    expect(await ledger.step(stepTo({ ...taken, epoch: 1 }, "approved"))).toMatchObject({
      moved: false,
      why: "stale",
    });
    expect(moved(await ledger.step(stepTo(taken, "approved", { epoch: null }))).state).toBe("approved");
    expect(await ledger.timeline(drop.dropId)).toHaveLength(3);
  });

  test("events that belong to none are appended", async () => {
    await using database = await freshDatabase(cluster);
    await using ledger = await openTestLedger(database.settings);
    await ledger.append({
      action: "drop.unattributed",
      details: { oid: "7" },
      resourceType: "database",
      resourceId: "db_gone",
      actor: { ...provisioner, protocol: "internal" },
    });
    await ledger.ping();
    await using session = await connect(database.settings, { applicationName: "test" });
    const rows =
      await session.sql`select actor_type, resource_id, event_category, details ->> 'oid' as oid from audit_events`;
    expect([...rows]).toEqual([
      { actor_type: "system", resource_id: "db_gone", event_category: "drop", oid: "7" },
    ]);
    expect(await firstBreak(session)).toMatchObject({ pos: -1, rows: 1 });
  });
});
