import { expect, test } from "bun:test";
import type { WireStatement } from "../../../src/chokepoint/statements/statement.ts";
import { startTestCluster } from "../../support/cluster.ts";
import { openTestLedger } from "../../support/ledger.ts";
import { ask } from "../../support/postgres-target.ts";
import { openReconcileScene, typesOf } from "../../support/reconcile-scene.ts";
import { urlOf } from "../../support/prove.ts";
import { documentOf } from "../../support/run-custody.ts";
import { poll } from "../../support/server-process.ts";
import { startStatementProcess } from "../../support/statement-process.ts";
import { dba, refused, started, watching, wireStatement } from "../../support/statements.ts";
import { person } from "../../support/engine.ts";

const ledgers = await startTestCluster(15, { parameters: { max_connections: "100" } });
const { settings } = await startTestCluster(15);
const openScene = () =>
  openReconcileScene({ ledgers, settings }, "off", settings.user, {
    approval: { default: "allow", hold: [], deny: [], approvers: 1, expiresMs: 60_000 },
    breaker: { failures: 5, cooldownMs: 1, volume: { drops: 100, perMs: 1000 } },
  });

const dropDatabase = (name: string, more: Partial<WireStatement> = {}): WireStatement =>
  wireStatement({ destructions: [{ kind: "database", what: "DROP DATABASE", names: [name] }], ...more });

const ok = { outcome: "ok", error: null } as const;

test("a session's own drop, on a real ledger and a real server: attributed while it is under way and after", async () => {
  await using scene = await openScene();
  await ask(settings, "create database db_one", "create role usr_one", "create role usr_two");
  await scene.look();
  const statement = dropDatabase("db_one", { requestId: "r-1", tags: { request_id: "r-1" } });
  const database = started(await scene.chokepoint.statement(statement, dba, watching()));
  await ask(settings, "drop database db_one");
  expect(await scene.look()).toContainEqual(
    expect.objectContaining({ type: "loss-pending", name: "db_one", dropId: database.dropId }),
  );
  await database.settle(ok);
  expect(await scene.look()).toContainEqual(
    expect.objectContaining({ type: "loss-attributed", name: "db_one", dropId: database.dropId }),
  );
  const role = started(
    await scene.chokepoint.statement(
      { ...statement, destructions: [{ kind: "role", what: "DROP ROLE", names: ["usr_one"] }] },
      dba,
      watching(),
    ),
  );
  await role.settle({ outcome: "rolled_back", error: null });
  // Renamed by a statement, and dropped by nobody's.
  const renamed = started(
    await scene.chokepoint.statement(
      {
        ...statement,
        destructions: [{ kind: "functional", what: "ALTER ROLE … RENAME", names: ["usr_two"] }],
      },
      dba,
      watching(),
    ),
  );
  await renamed.settle(ok);
  await ask(settings, "drop role usr_one", "drop role usr_two");
  const facts = await scene.look();
  expect(facts.filter(({ type }) => type === "loss-unattributed")).toMatchObject([
    { name: "usr_one", relatedDropId: role.dropId },
    { name: "usr_two", relatedDropId: null },
  ]);
  expect(typesOf(await scene.look())).toEqual(["round-finished"]);
  const events = await scene.query(
    `select action, details from audit_events where details ->> 'drop_id' = '${database.dropId}' order by seq`,
  );
  expect(events).toMatchObject([
    {
      action: "drop.requested",
      details: { carrier: "session", request_id: "r-1", role: "dba", listener: "customers-pg" },
    },
    {
      action: "drop.started",
      details: { bound: [{ part: "database", name: "db_one" }], oid: expect.any(String) },
    },
    {
      action: "drop.completed",
      details: { told: "ok", left: "gone", destroyed: true, protocol: "postgres" },
    },
  ]);
  expect(documentOf(await scene.verify())["verdict"]).toBe("clean");
});

test("held on a real ledger, approved through another instance's eyes, and denied: the chain is whole", async () => {
  await using scene = await openScene();
  await ask(settings, "create database db_held");
  const held = watching();
  const statement = dropDatabase("db_held", { action: "hold" });
  const answer = scene.chokepoint.statement(statement, dba, held);
  const { dropId } = await held.isHeld;
  expect(await scene.chokepoint.approve(dropId, person("ann"), { comment: "yes" })).toMatchObject({
    kind: "done",
  });
  const through = started(await answer);
  await through.settle({ outcome: "error", error: { code: "55006", message: "in use" } });
  expect(await scene.ledger.find(dropId)).toMatchObject({
    state: "failed",
    outcome: "error",
    approvals: [{ person: "ann" }],
  });
  const second = watching();
  const other = scene.chokepoint.statement(statement, dba, second);
  await scene.chokepoint.deny((await second.isHeld).dropId, person("bob"), { comment: null });
  expect(refused(await other)).toMatchObject({ state: "denied", record: "row" });
  const denied = refused(await scene.chokepoint.statement({ ...statement, action: "deny" }, dba, watching()));
  expect(await scene.ledger.timeline(denied.dropId ?? "")).toMatchObject([
    { action: "drop.refused", details: { site: "policy", carrier: "session" } },
  ]);
  expect(await scene.ledger.due(new Date(Date.now() + 86_400_000), 10)).toEqual([]);
  expect(documentOf(await scene.verify())["verdict"]).toBe("clean");
  await ask(settings, "drop database db_held");
});

test("a statement whose instance is gone is another's to end; one that lives is nobody's", async () => {
  await using scene = await openScene();
  await ask(settings, "create database db_left");
  const { dropId } = started(await scene.chokepoint.statement(dropDatabase("db_left"), dba, watching()));
  {
    await using other = await openTestLedger(scene.store.settings, { instanceName: "other" });
    expect(await other.due(new Date(), 10)).toEqual([]);
    expect(await other.claim(dropId)).toBeNull();
  }
  await scene.ledger[Symbol.asyncDispose]();
  await using after = await openTestLedger(scene.store.settings, { instanceName: "after" });
  expect((await after.due(new Date(), 10)).map((drop) => drop.dropId)).toEqual([dropId]);
  await ask(settings, "drop database db_left");
});

test("a custody that is killed between the start and the end: another finds out what the server did", async () => {
  await using scene = await openScene();
  await ask(settings, "create database db_gone", "create database db_kept", "create database db_waits");
  const place = { ledger: scene.store.settings, url: urlOf(settings) };
  using gone = await startStatementProcess({ ...place, statement: dropDatabase("db_gone") });
  using kept = await startStatementProcess({ ...place, statement: dropDatabase("db_kept") });
  using waits = await startStatementProcess({
    ...place,
    statement: dropDatabase("db_waits", { action: "hold" }),
  });
  await ask(settings, "drop database db_gone");
  expect(await scene.ledger.find(gone.dropId)).toMatchObject({ state: "started" });
  await Promise.all([gone, kept, waits].map((each) => each.kill()));
  const ended = async ({ dropId }: { readonly dropId: string }): Promise<unknown> => {
    const states = new Set(["started", "held"]);
    await poll(async () => !states.has((await scene.ledger.find(dropId))?.state ?? "started"));
    const { state, outcome } = (await scene.ledger.find(dropId)) ?? {};
    return [state, outcome];
  };
  expect(await ended(gone)).toEqual(["completed", "ok"]);
  expect(await ended(kept)).toEqual(["failed", "rolled_back"]);
  expect(await ended(waits)).toEqual(["cancelled", "refused"]);
  const [row] = await ask(
    settings,
    "select string_agg(datname, ' ' order by datname) as names from pg_database where datname in ('db_gone', 'db_kept', 'db_waits')",
  );
  expect(row?.["names"]).toBe("db_kept db_waits");
  expect(documentOf(await scene.verify())["verdict"]).toBe("clean");
  await ask(settings, "drop database db_kept", "drop database db_waits");
});
