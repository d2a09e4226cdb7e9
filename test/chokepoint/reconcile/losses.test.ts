import { beforeEach, expect, test } from "bun:test";
import { openTargets } from "../../../src/chokepoint/open-targets.ts";
import { flyCanary } from "../../../src/chokepoint/reconcile/fly-canary.ts";
import { reconcileTarget } from "../../../src/chokepoint/reconcile/reconcile-target.ts";
import type { TargetPolicy } from "../../../src/chokepoint/target-policy.ts";
import { startTestCluster } from "../../support/cluster.ts";
import { ask, never, targetPolicy } from "../../support/postgres-target.ts";
import { urlOf } from "../../support/prove.ts";
import { long, openReconcileScene, typesOf } from "../../support/reconcile-scene.ts";
import { documentOf } from "../../support/run-custody.ts";

const ledgers = await startTestCluster(15, { parameters: { max_connections: "100" } });
const customers = await startTestCluster(15, { parameters: { wal_level: "replica" } });
const { settings } = customers;
const elsewhere = await startTestCluster(14);
const openScene = (mode: "soft" | "off", user?: string, policy?: Partial<TargetPolicy>) =>
  openReconcileScene({ ledgers, settings }, mode, user, policy);

/** What earlier tests left is nobody's. */
beforeEach(async () => {
  const left = await ask(
    settings,
    "select datname as name from pg_database where not datistemplate and datname <> 'postgres'",
  );
  for (const { name } of left) await ask(settings, `drop database ${String(name)}`);
});

let count = 0;
async function newDatabase(): Promise<string> {
  const name = `db_${process.pid}_${++count}`;
  await ask(settings, `create database ${name} template template0`);
  return name;
}

test("a database dropped behind the gate's back is told once; one that the gate dropped is not accused", async () => {
  await using scene = await openScene("off");
  const [kept, gated, stolen] = [await newDatabase(), await newDatabase(), await newDatabase()];
  expect(typesOf(await scene.look())).toEqual(["round-finished"]);
  const dropId = await scene.drop(gated, "completed");
  await ask(settings, `drop database ${stolen}`, "create role usr_new");
  const facts = await scene.look();
  expect(facts).toContainEqual(expect.objectContaining({ type: "loss-attributed", name: gated, dropId }));
  expect(facts).toContainEqual(
    expect.objectContaining({
      type: "loss-unattributed",
      name: stolen,
      isCanary: false,
      relatedDropId: null,
    }),
  );
  expect(typesOf(await scene.look())).toEqual(["round-finished"]);
  // The same name again is another database.
  await ask(settings, "drop role usr_new", `create database ${stolen} template template0`);
  expect((await scene.look()).find(({ type }) => type === "loss-unattributed")).toMatchObject({
    part: "role",
    name: "usr_new",
  });
  const events = await scene.events();
  expect(events.map(({ action, name }) => [action, name])).toEqual([
    ["drop.unattributed", stolen],
    ["drop.unattributed", "usr_new"],
  ]);
  expect(events[0]?.["details"]).toMatchObject({
    target: "customers",
    part: "database",
    oid: expect.stringMatching(/^\d+$/),
    system_identifier: expect.stringMatching(/^\d+$/),
    backend: "shared",
    canary: false,
    drop_id: null,
    caller: null,
  });
  expect(documentOf(await scene.verify())["verdict"]).toBe("clean");
  await ask(settings, `drop database ${kept}`, `drop database ${stolen}`);
});

test("a fence is no loss; a fence that somebody destroys is, and the drop is named that fenced it", async () => {
  await using scene = await openScene("soft", settings.user, long);
  const [fenced, lost] = [await newDatabase(), await newDatabase()];
  await scene.look();
  await scene.drop(fenced, "completed");
  const dropId = await scene.drop(lost, "completed");
  expect(typesOf(await scene.look()).toSorted()).toEqual([
    "round-finished",
    "thing-renamed",
    "thing-renamed",
  ]);
  await ask(settings, `drop database custody_tomb_${dropId.replaceAll("-", "")}`);
  expect(await scene.look()).toContainEqual(
    expect.objectContaining({ type: "loss-unattributed", relatedDropId: dropId }),
  );
  // It is found with the drop that fenced it.
  const timeline = await scene.ledger.timeline(dropId);
  expect(timeline.at(-1)).toMatchObject({ action: "drop.unattributed", actor: "custody reconcile" });
});

test("a fence that somebody lifted, and one that belongs to no drop", async () => {
  await using scene = await openScene("soft", settings.user, long);
  const name = await newDatabase();
  const dropId = await scene.drop(name, "completed");
  await scene.look();
  await ask(
    settings,
    `alter database custody_tomb_${dropId.replaceAll("-", "")} rename to ${name}`,
    "create database custody_tomb_nobody template template0",
  );
  await scene.look();
  expect(await scene.events()).toEqual([
    expect.objectContaining({ action: "drop.orphaned", name: "custody_tomb_nobody" }),
    expect.objectContaining({ action: "drop.orphaned", name }),
  ]);
  await scene.look();
  expect((await scene.events()).length).toBe(2);
  await ask(settings, "drop database custody_tomb_nobody", `drop database ${name}`);
});

test("a drop that says destroyed while the database stands there", async () => {
  await using scene = await openScene("off");
  const name = await newDatabase();
  await scene.look();
  const [stands] = await ask(settings, `select oid::text as id from pg_database where datname = '${name}'`);
  const other = await newDatabase();
  const dropId = await scene.drop(other, "completed");
  // As though the server had answered and not done it.
  await scene.query(
    `update custody_drops set identity = jsonb_set(identity, '{parts,0,id}', '"${String(stands?.["id"])}"'),
            plan = jsonb_set(plan, '{identity,parts,0,id}', '"${String(stands?.["id"])}"') where drop_id = '${dropId}'`,
  );
  const facts = await scene.look();
  expect(facts).toContainEqual(
    expect.objectContaining({ type: "drop-orphaned", reason: "not-destroyed", name, dropId }),
  );
  expect(typesOf(await scene.look())).toEqual(["round-finished"]);
  await ask(settings, `drop database ${name}`);
});

test("who may only look is enough; what the WAL remembers is in the event where it may be read", async () => {
  await ask(
    settings,
    "create role looker login",
    "create role watcher login in role pg_monitor, pg_read_server_files",
  );
  await ask(settings, "create extension pg_walinspect");
  for (const [user, hasWitness] of [
    ["looker", false],
    ["watcher", true],
  ] as const) {
    await using scene = await openScene("off", user);
    const name = await newDatabase();
    await scene.look();
    await ask(settings, `drop database ${name}`);
    const lost = (await scene.look()).find(({ type }) => type === "loss-unattributed");
    expect(lost).toMatchObject({ name });
    const witness = (await scene.events())[0]?.["details"] as { witness: { wal?: string } | null };
    if (hasWitness) expect(witness.witness?.wal).toMatch(/^[0-9A-F]+\/[0-9A-F]+$/);
    else expect(witness.witness).toBeNull();
    // It may make no canary, and says so.
    expect(await flyCanary(scene.target, scene.store, process.env, never)).toEqual([
      expect.objectContaining({
        type: "target-unseen",
        error: expect.stringContaining("neither a database nor a role"),
      }),
    ]);
  }
});

test("a target, or a ledger, that cannot be asked changes nothing", async () => {
  await using scene = await openScene("off");
  const name = await newDatabase();
  await scene.look();
  const gone = await openTargets([targetPolicy("postgres://x@/x?host=/nonexistent")], {
    env: process.env,
    jobs: 1,
  });
  const unseen = await reconcileTarget(gone.get("customers")!, scene.store, never);
  expect(unseen).toEqual([expect.objectContaining({ type: "target-unseen", target: "customers" })]);
  const nowhere = {
    ...scene.store,
    settings: { ...scene.store.settings, hosts: [{ host: "/nonexistent", port: 1 }] },
  };
  expect(typesOf(await reconcileTarget(scene.target, nowhere, never))).toEqual(["target-unseen"]);
  await ask(settings, `drop database ${name}`);
  // The ledger refuses the event: the loss is not marked as told either.
  await scene.query("create function no() returns trigger language plpgsql as $$ begin raise 'full'; end $$");
  await scene.query("create trigger no before insert on audit_events for each row execute function no()");
  expect(typesOf(await scene.look())).toEqual(["target-unseen"]);
  await scene.query("drop trigger no on audit_events");
  expect(await scene.look()).toContainEqual(expect.objectContaining({ type: "loss-unattributed", name }));
});

test("another server behind the same name: nobody is accused", async () => {
  await using scene = await openScene("off");
  await scene.look();
  const other = await openTargets([targetPolicy(urlOf(elsewhere.settings), "off")], {
    env: process.env,
    jobs: 1,
  });
  const facts = await reconcileTarget(other.get("customers")!, scene.store, never);
  expect(facts).toEqual([expect.objectContaining({ type: "round-finished", isFirst: true })]);
});

test("of two targets that are one server each knows what the gate, and a canary, did by the other", async () => {
  await using scene = await openScene("off");
  const other = { ...targetPolicy(urlOf(settings), "off"), name: "others" };
  const opened = await openTargets([other], { env: process.env, jobs: 1 });
  const look = () => reconcileTarget(opened.get("others")!, scene.store, never);
  const [gated, fenced, stolen] = [await newDatabase(), await newDatabase(), await newDatabase()];
  await scene.look();
  expect(typesOf(await look())).toEqual(["round-finished"]);
  const dropId = await scene.drop(gated, "completed");
  await ask(settings, `drop database ${stolen}`);
  const facts = await look();
  expect(facts).toContainEqual(expect.objectContaining({ type: "loss-attributed", name: gated, dropId }));
  expect(facts.filter(({ type }) => type === "loss-unattributed")).toMatchObject([{ name: stolen }]);
  await flyCanary(scene.target, scene.store, process.env, never);
  const canaries = (await look()).filter(({ type }) => type === "loss-unattributed");
  expect(canaries.every((each) => each.type === "loss-unattributed" && each.isCanary)).toBe(true);

  await using keeping = await openScene("soft", undefined, long);
  const beside = () => reconcileTarget(opened.get("others")!, keeping.store, never);
  await beside();
  await keeping.drop(fenced, "completed");
  expect(typesOf(await beside()).filter((type) => type === "drop-orphaned")).toEqual([]);
});
