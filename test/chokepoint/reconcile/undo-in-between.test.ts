import { expect, test } from "bun:test";
import type { ReconcileFact } from "../../../src/chokepoint/reconcile/facts.ts";
import { startTestCluster } from "../../support/cluster.ts";
import { provisioner } from "../../support/ledger.ts";
import { ask, targetPolicy, testFolder } from "../../support/postgres-target.ts";
import { openReconcileScene, typesOf } from "../../support/reconcile-scene.ts";
import { poll } from "../../support/server-process.ts";
import { makeTenant } from "../../support/tenant.ts";

const ledgers = await startTestCluster(15, { parameters: { max_connections: "100" } });
const { settings } = await startTestCluster(15, { parameters: { max_connections: "100" } });
const dir = await testFolder();
const openScene = () =>
  openReconcileScene({ ledgers, settings }, "off", settings.user, {
    tombstone: {
      ...targetPolicy("").tombstone,
      mode: "required",
      dir,
      retentionMs: 3_600_000,
      keepMs: 3_600_000,
    },
  });
const accusations = (facts: readonly ReconcileFact[]) =>
  facts.filter(({ type }) => type === "loss-unattributed" || type === "drop-orphaned");

test("what an undo from the tombstone makes and takes away is nobody's loss, nor the fence that it leaves for its retention; what it forgot is told once", async () => {
  const tenant = { database: "db_between", role: "usr_between" };
  await makeTenant(settings, tenant, "scram-sha-256");
  await using scene = await openScene();
  const seen = new Set<string>();
  const { backend } = scene.target;
  const inventory = backend.inventory.bind(backend);
  backend.inventory = async (signal) => {
    const read = await inventory(signal);
    for (const { name } of read.items) seen.add(name);
    return read;
  };
  await scene.look();
  const dropId = await scene.drop(tenant.database, "completed", { role: tenant.role });
  const short = dropId.replaceAll("-", "");
  expect(accusations(await scene.look())).toEqual([]);

  await scene.chokepoint.undo(dropId, provisioner, { as: null, from: "tombstone" });
  const facts: ReconcileFact[] = [];
  await poll(async () => {
    facts.push(...(await scene.look()));
    return (await scene.ledger.find(dropId))?.state === "undone";
  });
  facts.push(...(await scene.look()));
  // Else nothing was shown: rounds saw what the undo made.
  expect([...seen].some((name) => name.startsWith("custody_restore_"))).toBe(true);
  expect(seen).toContain(`custody_undo_${short}`);
  // The fence stands still, and is destroyed at the end of its retention.
  expect(accusations(facts)).toEqual([]);
  expect(seen).toContain(`custody_tomb_${short}`);

  // As though that undo had died on its way, and nobody took it away.
  await ask(settings, `create role custody_tomb_${short}`);
  const left = (await scene.look()).filter(({ type }) => type !== "round-finished");
  expect(left).toEqual([expect.objectContaining({ reason: "left-over", part: "role", dropId })]);
  expect(typesOf(await scene.look())).toEqual(["round-finished"]);
  await ask(settings, `drop role custody_tomb_${short}`);
  expect(typesOf(await scene.look())).toEqual(["loss-attributed", "round-finished"]);

  // Of such a name, and of no drop of this ledger: as anybody's.
  await ask(settings, "create role custody_restore_0123456789ab", "create database custody_undo_nobody");
  await scene.look();
  await ask(settings, "drop role custody_restore_0123456789ab", "drop database custody_undo_nobody");
  expect(accusations(await scene.look()).map(({ type }) => type)).toEqual([
    "loss-unattributed",
    "loss-unattributed",
  ]);
});
