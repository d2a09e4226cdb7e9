import { expect, test } from "bun:test";
import { connect } from "../../src/postgres/connect.ts";
import { openPsql } from "../support/psql-session.ts";
import { untilListed } from "../support/wire-drops.ts";
import { psql, startWirePostgres } from "../support/wire-postgres.ts";

const { env, scene, tcp } = await startWirePostgres({
  listeners: [
    { name: "holding", target: "clear", policy: [{ kinds: ["table"], action: "hold" }] },
    {
      name: "short",
      target: "clear",
      drain: "300ms",
      policy: [{ kinds: ["table"], action: "audit" }],
    },
    { name: "auditing", target: "clear", policy: [{ kinds: ["table"], action: "audit" }] },
  ],
});

test("at SIGTERM what is in the middle goes on to its end, what is held is told no, and the chain has both", async () => {
  await psql(env(null), "create table t_held (); create table t_left (); create table t_cut ();");
  await using idle = openPsql(env("plain"));
  await using busy = openPsql(env("plain"));
  await using holder = openPsql(env("holding"));
  await using dropper = openPsql(env("auditing"));
  await using endless = openPsql(env("short"));
  idle.send("select 'idle';");
  await idle.said(/^idle\n/m);
  // It waits for a lock that is given when the drain has begun.
  await using guard = openPsql(env(null));
  guard.send("select pg_advisory_lock(7), 'locked';");
  await guard.said(/locked\n/);
  busy.send("select pg_advisory_lock_shared(7), 'went on';");
  dropper.send("begin;\ndrop table t_left;\nselect 'dropped';");
  await dropper.said(/^dropped\n/m);
  endless.send("begin;\ndrop table t_cut;\nselect 'dropped';");
  await endless.said(/^dropped\n/m);
  holder.send("drop table t_held;");
  const held = await untilListed(scene, "t_held", ["held"]);
  const left = await untilListed(scene, "t_left", ["started"]);
  const cut = await untilListed(scene, "t_cut", ["started"]);
  await untilWaiting("pg_advisory_lock_shared");

  scene.proxy.kill("SIGTERM");
  await holder.said(/ERROR: .*custody/);
  idle.send("select 'too late';");
  await idle.said(/57P01|terminating connection|server closed/);
  const late = await psql(env("plain"), "select 1;");
  expect(late.code).not.toBe(0);
  // Whose time is over in the middle of a transaction.
  await untilNoted("short: 1 session cut off: the time was over");
  endless.send("select 'too late';");
  await endless.said(
    /FATAL: {2}terminating connection due to administrator command\nDETAIL: {2}custody is stopping/,
  );
  guard.send("select pg_advisory_unlock(7);");
  await busy.said(/went on\n/);
  dropper.send("commit;\n\\echo committed");
  await dropper.said(/^committed\n/m);
  expect(await scene.proxy.ended).toBe(130);
  // What became of things meanwhile was told, too.
  const noted = scene.proxy.events.flatMap(({ type, message }) => (type === "noted" ? [message] : []));
  expect(noted).toContain("short: 1 session open: who is busy has 1 s");
  const moved = scene.proxy.events.filter(({ drop_id: id }) => id === held.drop_id);
  expect(moved.map(({ event }) => event)).toEqual(["drop.requested", "drop.held", "drop.cancelled"]);

  await using ledger = await connect(
    { ...tcp.cluster.settings, database: "ledger" },
    { applicationName: "test" },
  );
  const actionsOf = async ({ drop_id: id }: { readonly drop_id: string }): Promise<readonly string[]> => {
    const rows = await ledger.sql<{ action: string }[]>`
      select action from audit_events where details ->> 'drop_id' = ${id} order by seq`;
    return rows.map(({ action }) => action);
  };
  expect(await actionsOf(held)).toEqual(["drop.requested", "drop.held", "drop.cancelled"]);
  expect(await actionsOf(left)).toEqual(["drop.requested", "drop.started", "drop.completed"]);
  expect((await actionsOf(cut)).slice(0, 2)).toEqual(["drop.requested", "drop.started"]);
}, 60_000);

async function untilWaiting(text: string): Promise<void> {
  await using session = await connect(tcp.cluster.settings, { applicationName: "test" });
  for (;;) {
    const rows = await session.sql`
      select 1 from pg_stat_activity where wait_event_type = 'Lock' and query like ${`select ${text}%`}`;
    if (rows.length > 0) return;
  }
}

async function untilNoted(text: string): Promise<void> {
  const deadline = performance.now() + 30_000;
  while (scene.proxy.events.every(({ message }) => message !== text)) {
    if (performance.now() > deadline) throw new Error(`not told: ${text}`);
    await Bun.sleep(20);
  }
}
