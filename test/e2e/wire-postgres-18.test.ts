import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "bun:test";
import { connect } from "../../src/postgres/connect.ts";
import { programOfFile } from "../support/build-program.ts";
import { run, startTestCluster } from "../support/cluster.ts";
import { openPsql } from "../support/psql-session.ts";
import { rawClient, startup } from "../support/raw-postgres.ts";
import { dsnOf } from "../support/run-custody.ts";
import { untilListed } from "../support/wire-drops.ts";
import { startWireScene } from "../support/wire-scene.ts";

/** The program as it is released between libpq 18 and PostgreSQL 18: protocol 3.2, whose keys to cancel by are as long as the server likes. */
const home = mkdtempSync(join(tmpdir(), "wire-18-"));
chmodSync(home, 0o755);
const cluster = await startTestCluster(18);
for (const statement of [
  "create database ledger template template0",
  "create role owner login",
  "create database shop template template0 owner owner",
])
  await run(cluster, statement);
const scene = await startWireScene({
  home,
  program: programOfFile(),
  processes: 2,
  ledger: dsnOf({ ...cluster.settings, database: "ledger" }),
  targets: [{ name: "server", kind: "postgres", url: dsnOf(cluster.settings) }],
  listeners: [
    {
      name: "pg",
      target: "server",
      protocol: "postgres",
      policy: [{ kinds: ["table"], action: "hold", hold: { expires: "2m" } }],
    },
  ],
});
afterAll(async () => {
  await scene[Symbol.asyncDispose]();
  rmSync(home, { recursive: true, force: true });
});
const env = {
  HOME: home,
  PGHOST: "127.0.0.1",
  PGPORT: String(scene.portOf("pg")),
  PGUSER: "owner",
  PGDATABASE: "shop",
  PGCONNECT_TIMEOUT: "20",
  LD_LIBRARY_PATH: join(import.meta.dirname, "../../node_modules/pg18/native/lib"),
};

test.each([
  [0, 4],
  [2, 32],
])("protocol 3.%d: the server's key of %d bytes reaches the client whole", async (minor, bytes) => {
  await using client = await rawClient({ port: scene.portOf("pg") }, null);
  client.send(startup({ user: "owner", database: "shop" }, minor));
  await client.ready(1);
  const key = client.answers.find(({ type }) => type === "K");
  // Behind the process' number.
  expect(key?.body.length).toBe(4 + bytes);
  expect(client.answers.map(({ type }) => type)).not.toContain("v");
});

describe.each(["3.0", "3.2"])("protocol %s", (version) => {
  const through = { ...env, PGMAXPROTOCOLVERSION: version, PGMINPROTOCOLVERSION: version };

  test("Ctrl-C cancels what runs, in whichever process it came in", async () => {
    await using client = openPsql(through);
    const text = `select pg_sleep(60) /* ${version} */;`;
    client.send(`select 'begun';\n${text}`);
    await client.said(/^begun\n/m);
    await untilRunning(text);
    client.interrupt();
    await client.said(/ERROR: {2}canceling statement due to user request\n/);
  });

  test("Ctrl-C cancels what is held, and nothing is dropped", async () => {
    const table = `kept_${version.replace(".", "_")}`;
    await using client = openPsql(through);
    client.send(`create table ${table} ();\ndrop table ${table};`);
    await client.said(/NOTICE: {2}custody holds this/);
    await untilListed(scene, table, ["held"]);
    client.interrupt();
    await client.said(/ERROR: {2}canceling statement due to user request\n/);
    await client.said(/it was held by custody, and was not executed/);
    await untilListed(scene, table, ["cancelled"]);
    await using session = await connect(
      { ...cluster.settings, database: "shop" },
      { applicationName: "test" },
    );
    expect(await session.sql`select to_regclass(${table})::text as name`).toMatchObject([{ name: table }]);
  });
});

async function untilRunning(text: string): Promise<void> {
  await using session = await connect(cluster.settings, { applicationName: "test" });
  for (;;) {
    const rows = await session.sql`select from pg_stat_activity where query = ${text} and state = 'active'`;
    if (rows.length > 0) return;
  }
}
