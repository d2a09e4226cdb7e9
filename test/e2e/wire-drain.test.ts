import { expect, test } from "bun:test";
import { connect } from "../../src/postgres/connect.ts";
import { openPsql } from "../support/psql-session.ts";
import { untilListed } from "../support/wire-drops.ts";
import { psql, startWirePostgres } from "../support/wire-postgres.ts";

const { env, scene, tcp } = await startWirePostgres({
  listeners: [
    { name: "holding", target: "clear", policy: [{ kinds: ["table"], action: "hold" }] },
    { name: "auditing", target: "clear", policy: [{ kinds: ["table"], action: "audit" }] },
  ],
});

test("at SIGTERM what is in the middle goes on to its end, what is held is told no, and the chain has both", async () => {
  await psql(env(null), "create table t_held (); create table t_left ();");
  await using idle = openPsql(env("plain"));
  await using busy = openPsql(env("plain"));
  await using holder = openPsql(env("holding"));
  await using dropper = openPsql(env("auditing"));
  idle.send("select 'idle';");
  await idle.said(/^idle\n/m);
  // It waits for a lock that is given when the drain has begun.
  await using guard = openPsql(env(null));
  guard.send("select pg_advisory_lock(7), 'locked';");
  await guard.said(/locked\n/);
  busy.send("select pg_advisory_lock_shared(7), 'went on';");
  dropper.send("begin;\ndrop table t_left;\nselect 'dropped';");
  await dropper.said(/^dropped\n/m);
  holder.send("drop table t_held;");
  const held = await untilListed(scene, "t_held", ["held"]);
  const left = await untilListed(scene, "t_left", ["started"]);
  await untilWaiting("pg_advisory_lock_shared");

  scene.proxy.kill("SIGTERM");
  await holder.said(/ERROR: .*custody/);
  idle.send("select 'too late';");
  await idle.said(/57P01|terminating connection|server closed/);
  const late = await psql(env("plain"), "select 1;");
  expect(late.code).not.toBe(0);
  guard.send("select pg_advisory_unlock(7);");
  await busy.said(/went on\n/);
  dropper.send("commit;\n\\echo committed");
  await dropper.said(/^committed\n/m);
  expect(await scene.proxy.ended).toBe(130);

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
}, 60_000);

async function untilWaiting(text: string): Promise<void> {
  await using session = await connect(tcp.cluster.settings, { applicationName: "test" });
  for (;;) {
    const rows = await session.sql`
      select 1 from pg_stat_activity where wait_event_type = 'Lock' and query like ${`select ${text}%`}`;
    if (rows.length > 0) return;
  }
}
