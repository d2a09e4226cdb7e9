import { expect, test } from "bun:test";
import { installChain } from "../../src/audit/install-chain.ts";
import { connect } from "../../src/postgres/connect.ts";
import type { ConnectionSettings } from "../../src/postgres/settings.ts";
import { appendRows } from "../support/chain-database.ts";
import { poll, replicableServer } from "../support/replicated-cluster.ts";
import type { TestServer } from "../support/replicated-cluster.ts";
import { temporaryFolder } from "../support/run-commands.ts";
import { runWatchProgram } from "../support/run-watch.ts";
import { tamper } from "../support/verify-chain.ts";

const quick = ["--interval", "200ms", "--full-every", "1h"];

async function chainOn(server: TestServer): Promise<void> {
  await using session = await connect(server.settings, { applicationName: "test" });
  await installChain(session, { schema: "public" });
  await appendRows(session, 500, "first-");
}

/** What a program would be given: both servers, and which of them is wanted. */
function everywhere(servers: readonly TestServer[], attributes: string): string {
  const hosts = servers.map(({ settings }) => settings.hosts[0]?.host).join(",");
  const [{ settings } = { settings: null }] = servers;
  return `host=${hosts} port=5432 user=${settings?.user} dbname=postgres target_session_attrs=${attributes}`;
}

/** Appends without end, on whichever server takes writes; counts what was committed. */
function startWriter(servers: readonly TestServer[], name: string) {
  let isOver = false;
  let committed = 0;
  const settings: ConnectionSettings = {
    ...servers[0]!.settings,
    hosts: servers.flatMap((each) => each.settings.hosts),
    targetSessionAttrs: "read-write",
  };
  const writing = (async () => {
    for (let run = 0; !isOver; run += 1) {
      try {
        await using session = await connect(settings, { applicationName: "writer" });
        while (!isOver) {
          await appendRows(session, 1, `${name}-${run}-${committed}-`);
          committed += 1;
        }
      } catch {
        // The server went away: the next one takes the next row.
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
  })();
  return {
    committed: () => committed,
    async stop() {
      isOver = true;
      await writing;
    },
  };
}

async function promote(server: TestServer): Promise<void> {
  await using session = await connect(server.settings, { applicationName: "test" });
  await session.sql.unsafe("select pg_promote()");
}

test("a watch goes on across a failover without a false alarm, and finds what is done on the new primary", async () => {
  using folder = temporaryFolder();
  const primary = await replicableServer();
  await primary.start();
  await chainOn(primary);
  const standby = await primary.standby();
  await standby.start();
  await using before = await connect(primary.settings, { applicationName: "test" });
  // What anybody has seen is on the standby: a failover then loses nothing.
  await before.sql.unsafe("alter system set synchronous_standby_names = '*'");
  await before.sql.unsafe("select pg_reload_conf()");
  await poll(
    async () => (await before.sql`select from pg_stat_replication where sync_state = 'sync'`).length === 1,
  );

  const servers = [primary, standby];
  await using watch = runWatchProgram(["--db-url", everywhere(servers, "primary"), ...quick], folder.path);
  const writers = ["ann", "bob"].map((name) => startWriter(servers, name));
  await watch.until("rows-checked", (event) => Number(event["rows"]) > 520);

  await primary.stop("SIGQUIT");
  await watch.until("check-failed");
  await promote(standby);
  await using after = await connect(standby.settings, { applicationName: "test" });
  await after.sql.unsafe("alter system reset synchronous_standby_names");
  await after.sql.unsafe("select pg_reload_conf()");
  expect(await watch.until("connection-made")).toMatchObject({ isStandby: false });
  expect(await watch.until("identity-changed")).toMatchObject({
    before: { timeline: 1 },
    after: { timeline: 2 },
  });
  const rowsThen = Number((await watch.until("rows-checked"))["rows"]);
  await watch.until("rows-checked", (event) => Number(event["rows"]) > rowsThen + 20);
  await Promise.all(writers.map((each) => each.stop()));
  expect(watch.events.filter((each) => String(each["type"]).startsWith("finding"))).toEqual([]);

  await tamper(after, "delete from audit_events where seq = (select max(seq) - 5 from audit_events)");
  const found = await watch.until("finding-made");
  expect(found["finding"]).toMatchObject({ class: "gap" });
  watch.kill("SIGTERM");
  expect(await watch.ended()).toBe(130);
  expect(watch.events.at(-1)).toMatchObject({ verdict: "broken", error: { code: "interrupted" } });
  expect(watch.stderr()).toContain('"msg":"finding-made"');
}, 120_000);

test("a failover that lost rows that were verified is told as restored, and a standby that lags is not", async () => {
  using folder = temporaryFolder();
  const primary = await replicableServer();
  await primary.start();
  await chainOn(primary);
  const standby = await primary.standby();
  await using before = await connect(primary.settings, { applicationName: "test" });
  const servers = [primary, standby];
  {
    await using watch = runWatchProgram(["--db-url", everywhere(servers, "any"), ...quick], folder.path);
    await watch.until("rows-checked");
    await appendRows(before, 100, "lost-");
    await watch.until("rows-checked", (event) => event["rows"] === 600);
    await watch.until("rows-checked");
    // The standby never had the last hundred: it was not running.
    await primary.stop("SIGQUIT");
    await standby.start();
    expect(await watch.until("server-behind")).toMatchObject({ rows: 500, verified: 600 });
    await promote(standby);
    const found = await watch.until("finding-made");
    expect(found["finding"]).toMatchObject({ class: "restored", position: 500 });
    expect(await watch.until("chain-verified")).toMatchObject({ outcome: "restored" });
  }
}, 120_000);

test("a primary that falls silent is given up for the one that was promoted", async () => {
  using folder = temporaryFolder();
  const primary = await replicableServer();
  await primary.start();
  await chainOn(primary);
  const standby = await primary.standby();
  await standby.start();
  const dbUrl = `${everywhere([primary, standby], "primary")} connect_timeout=2`;
  await using watch = runWatchProgram(["--db-url", dbUrl, ...quick], folder.path);
  await watch.until("rows-checked");
  await using there = await connect(standby.settings, { applicationName: "test" });
  await poll(async () => (await there.sql`select from audit_events`).length === 500);
  await using _frozen = await primary.freeze();
  await promote(standby);
  expect(await watch.until("check-failed")).toMatchObject({ code: "connection-lost" });
  expect(await watch.until("rows-checked")).toMatchObject({ rows: 500 });
  expect(watch.events.filter((each) => String(each["type"]).startsWith("finding"))).toEqual([]);
}, 120_000);
