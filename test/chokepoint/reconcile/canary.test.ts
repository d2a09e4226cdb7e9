import { beforeEach, expect, test } from "bun:test";
import { openTargets } from "../../../src/chokepoint/open-targets.ts";
import type { Target } from "../../../src/chokepoint/ports.ts";
import { dropCanary } from "../../../src/chokepoint/reconcile/drop-canary.ts";
import type { ReconcileFact } from "../../../src/chokepoint/reconcile/facts.ts";
import { flyCanary } from "../../../src/chokepoint/reconcile/fly-canary.ts";
import { openRound } from "../../../src/chokepoint/reconcile/inventory-store.ts";
import { reconcileLoop } from "../../../src/chokepoint/reconcile/reconcile-loop.ts";
import { createRounds } from "../../../src/chokepoint/reconcile/rounds.ts";
import { reconcileTarget } from "../../../src/chokepoint/reconcile/reconcile-target.ts";
import type { TargetPolicy } from "../../../src/chokepoint/target-policy.ts";
import { freshDatabase, majors, startTestCluster } from "../../support/cluster.ts";
import { openTestLedger } from "../../support/ledger.ts";
import { ask, never, targetPolicy } from "../../support/postgres-target.ts";
import { urlOf } from "../../support/prove.ts";
import { openReconcileScene, typesOf } from "../../support/reconcile-scene.ts";
import { poll } from "../../support/server-process.ts";

const others = new Map(
  await Promise.all(
    majors
      .filter((major) => major !== 15)
      .map(async (major) => {
        const parameters = { shared_buffers: "16MB", max_connections: "20" };
        return [major, await startTestCluster(major, { parameters })] as const;
      }),
  ),
);

const ledgers = await startTestCluster(15, { parameters: { max_connections: "100" } });
const customers = await startTestCluster(15, { parameters: { wal_level: "replica" } });
const { settings } = customers;
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

test("a canary is found, by several instances at once too", async () => {
  await using scene = await openScene("off");
  const facts = await flyCanary(scene.target, scene.store, process.env, never);
  expect(typesOf(facts)).toEqual([
    "canary-made",
    "round-finished",
    "canary-dropped",
    "loss-unattributed",
    "round-finished",
    "canary-heard",
  ]);
  expect(await scene.events()).toEqual([
    expect.objectContaining({
      action: "drop.unattributed",
      details: expect.objectContaining({ canary: true }),
    }),
  ]);
  expect(await ask(settings, "select from pg_database where datname ~ '^custody_canary_'")).toEqual([]);
  const all = await Promise.all(Array.from({ length: 4 }, () => scene.look()));
  expect(all.map((each) => typesOf(each)[0])).toContain("round-finished");
  expect((await scene.events()).length).toBe(1);
});

test("an alarm that does not fire is told: the canary is silent", async () => {
  await using scene = await openScene("off");
  // Somebody made the reconciliation blind for it.
  const blinded: Target = {
    ...scene.target,
    backend: {
      ...scene.target.backend,
      async inventory(signal) {
        const found = await scene.target.backend.inventory(signal);
        return { ...found, items: found.items.filter(({ name }) => !name.startsWith("custody_canary_")) };
      },
    },
  };
  const facts = await flyCanary(blinded, scene.store, process.env, never);
  expect(facts.at(-1)).toMatchObject({ type: "canary-silent" });
});

test("a canary that was cut off is brought to its end by the next flight; nothing else is ever dropped so", async () => {
  await using scene = await openScene("off");
  const left = `custody_canary_${"0".repeat(32)}`;
  await scene.look();
  {
    await using round = (await openRound(scene.store, "customers"))!;
    const { systemIdentifier } = await scene.target.backend.inventory(never);
    await round.canaries.plan(systemIdentifier, { name: left, part: "database", id: null });
    await ask(settings, `create database ${left} template template0`);
  }
  const facts = await flyCanary(scene.target, scene.store, process.env, never);
  expect(facts.filter(({ type }) => type === "canary-heard").length).toBe(2);
  expect(await ask(settings, "select from pg_database where datname ~ '^custody_canary_'")).toEqual([]);

  const name = await newDatabase();
  const [row] = await ask(settings, `select oid::text as id from pg_database where datname = '${name}'`);
  const id = String(row?.["id"]);
  expect(dropCanary(settings, { name, part: "database", id }, never)).rejects.toThrow("only a canary");
  await ask(settings, `alter database ${name} rename to ${left}`);
  expect(await dropCanary(settings, { name: left, part: "database", id: "1" }, never)).toBe(false);
  expect((await ask(settings, `select from pg_database where datname = '${left}'`)).length).toBe(1);
  await ask(settings, `drop database ${left}`);
});

test("the loop looks until it is stopped, and flies canaries on its way", async () => {
  await using scene = await openScene("off");
  const stop = new AbortController();
  const told: ReconcileFact[] = [];
  const done = reconcileLoop({
    targets: [scene.target],
    rounds: createRounds({
      store: scene.store,
      env: process.env,
      tell: (fact) => void told.push(fact),
      signal: stop.signal,
    }),
    everyMs: 5,
    canaryEveryMs: 50,
    signal: stop.signal,
  });
  await poll(async () => told.filter(({ type }) => type === "canary-heard").length >= 2);
  stop.abort();
  await done;
  expect(typesOf(told)).not.toContain("canary-silent");
});

test.each([...others.keys()])(
  "PostgreSQL %s as target and as ledger: a canary and a loss are found",
  async (major) => {
    const cluster = others.get(major)!;
    await using database = await freshDatabase(cluster);
    await using _ledger = await openTestLedger(database.settings);
    const policy = targetPolicy(urlOf(cluster.settings), "off");
    const targets = await openTargets([policy], { env: process.env, jobs: 1 });
    const store = { settings: database.settings, schema: "public", signal: never };
    const target = targets.get("customers")!;
    await ask(cluster.settings, "create database db_1");
    expect(typesOf(await flyCanary(target, store, process.env, never)).at(-1)).toBe("canary-heard");
    await ask(cluster.settings, "drop database db_1");
    expect(await reconcileTarget(target, store, never)).toContainEqual(
      expect.objectContaining({ type: "loss-unattributed", name: "db_1" }),
    );
  },
);
