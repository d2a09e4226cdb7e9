import { readFileSync } from "node:fs";
import { expect, test } from "bun:test";
import { verifyLedger } from "../../../src/chokepoint/ledger/verify-ledger.ts";
import { readGuardKey } from "../../../src/chokepoint/ledger/guard-key.ts";
import { openTargets } from "../../../src/chokepoint/open-targets.ts";
import { flyCanary } from "../../../src/chokepoint/reconcile/fly-canary.ts";
import { reconcileTarget } from "../../../src/chokepoint/reconcile/reconcile-target.ts";
import { connect } from "../../../src/postgres/connect.ts";
import { freshDatabase, run, startTestCluster } from "../../support/cluster.ts";
import { moved, newDrop, openTestLedger, provisioner, stepTo, testTerms } from "../../support/ledger.ts";
import { targetPolicy } from "../../support/postgres-target.ts";
import { urlOf } from "../../support/prove.ts";
import { temporaryFolder } from "../../support/run-commands.ts";

const cluster = await startTestCluster();

/** The statements that docs/ledger.md gives, for a role `custody` and the schema `public`. */
const grants = /```sql\n([^`]*grant usage[^`]*)```/.exec(
  readFileSync(new URL("../../../docs/ledger.md", import.meta.url), "utf8"),
)?.[1];

/** Of the cluster, whose databases come and go. */
const createRole = (): Promise<void> =>
  run(cluster, "do $$ begin create role custody login; exception when duplicate_object then null; end $$");

test("with those rights a theft is found, and the canary heard", async () => {
  await using customers = await startTestCluster(15);
  await using database = await freshDatabase(cluster);
  await createRole();
  await (await openTestLedger(database.settings))[Symbol.asyncDispose]();
  await run(database, grants ?? "");
  const policy = targetPolicy(urlOf(customers.settings));
  const targets = await openTargets([policy], { env: process.env, jobs: 1 });
  const target = targets.get("customers")!;
  const signal = new AbortController().signal;
  const store = { settings: { ...database.settings, user: "custody" }, schema: "public", signal };
  await run(customers, "create database db_shop");
  const look = async () => (await reconcileTarget(target, store, signal)).map(({ type }) => type);
  expect(await look()).toEqual(["round-finished"]);
  await run(customers, "drop database db_shop");
  expect(await look()).toEqual(["loss-unattributed", "round-finished"]);
  const flown = await flyCanary(target, store, process.env, signal);
  expect(flown.at(-1)).toMatchObject({ type: "canary-heard" });
  await target.backend.close();
}, 30_000);

test("a role with the rights of docs/ledger.md, and no more, keeps a ledger and cannot rewrite it", async () => {
  await using database = await freshDatabase(cluster);
  await createRole();
  await (await openTestLedger(database.settings))[Symbol.asyncDispose]();
  await run(database, grants ?? "");
  const settings = { ...database.settings, user: "custody" };
  await using ledger = await openTestLedger(settings);
  const { drop } = await ledger.record(newDrop());
  const identity = { systemIdentifier: "1", parts: [] };
  const plan = { identity, fenceNames: {}, saved: {}, secret: { verifier: "x" }, terms: testTerms, salt: "" };
  const started = moved(
    await ledger.step(
      stepTo(drop, "started", {
        change: { plan },
        guard: { identity: ["a"], volume: { drops: 1, perMs: 1000 } },
      }),
    ),
  );
  expect(await ledger.findSecret(drop.dropId)).toEqual({ verifier: "x" });
  moved(await ledger.step(stepTo(started, "failed", { change: { claim: "release" } })));
  expect(await ledger.findSecret(drop.dropId)).toBeNull();
  expect(await ledger.claim(drop.dropId)).toMatchObject({ epoch: 2 });
  await ledger.append({
    action: "drop.orphaned",
    details: {},
    resourceType: "database",
    resourceId: "x",
    actor: provisioner,
  });
  await ledger.ping();
  expect(await ledger.timeline(drop.dropId)).toHaveLength(3);
  expect((await ledger.count()).held).toBe(0);
  using folder = temporaryFolder();
  const key = await readGuardKey(null, { stateDir: folder.path, cwd: "/" });
  const place = { settings, schema: "public", stateDir: folder.path, key, publicKeys: [] };
  expect(await verifyLedger({ ...place, signal: new AbortController().signal })).toMatchObject({ rows: 4 });

  await using session = await connect(settings, { applicationName: "test" });
  for (const statement of [
    "update audit_events set details = '{}'",
    "delete from audit_events",
    "truncate audit_events",
    "insert into audit_events (id, actor, actor_type, action, resource_type, resource_id, row_hash) values ('x', 'x', 'x', 'x', 'x', 'x', 'x')",
    "update audit_chain_head set seq = 1",
    "delete from custody_drops",
    "delete from custody_inventory",
    "truncate custody_canaries",
    "alter table audit_events disable trigger all",
  ]) {
    expect(await session.sql.unsafe(statement).catch((error: unknown) => error)).toMatchObject({
      code: "42501",
    });
  }
});
