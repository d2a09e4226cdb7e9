import { expect, test } from "bun:test";
import { connect } from "../../../src/postgres/connect.ts";
import { quoteIdentifier, quoteLiteral } from "../../../src/postgres/identifiers.ts";
import type { ConnectionSettings } from "../../../src/postgres/settings.ts";
import { startTestCluster } from "../../support/cluster.ts";
import { ask } from "../../support/postgres-target.ts";
import { openReconcileScene, typesOf } from "../../support/reconcile-scene.ts";
import { poll } from "../../support/server-process.ts";
import { startTcpCluster, tcpPassword } from "../../support/tcp-cluster.ts";

const ledgers = await startTestCluster(15, { parameters: { max_connections: "100" } });
const logging = { logging_collector: "on", log_statement: "ddl", log_rotation_age: "0" };
const servers = {
  "15 json": { ...(await startTcpCluster(15, { ...logging, log_destination: "jsonlog" })), log: "jsonlog" },
  "15 csv": { ...(await startTcpCluster(15, { ...logging, log_destination: "csvlog" })), log: "csvlog" },
  "14 csv": { ...(await startTcpCluster(14, { ...logging, log_destination: "csvlog" })), log: "csvlog" },
};
const cases = Object.keys(servers) as (keyof typeof servers)[];

interface Entry {
  readonly statement: string;
  readonly name: string;
  readonly user: string;
  readonly application_name: string;
  readonly later_error?: string;
}

let count = 0;
/** The collector writes what it is sent in its order: what came before this is written once this is. */
async function untilWritten(settings: ConnectionSettings, log: string): Promise<void> {
  const marker = `marker_${++count}`;
  await ask(settings, `drop role if exists ${marker}`);
  await poll(async () => {
    const [row] = await ask(
      settings,
      `select pg_read_file(pg_current_logfile('${log}')) like '%${marker}%' as is_written`,
    );
    return row?.["is_written"] === true;
  });
}

for (const each of cases) {
  const { cluster, port, log } = servers[each];
  const { settings } = cluster;
  const overTcp: ConnectionSettings = {
    ...settings,
    hosts: [{ host: "127.0.0.1", port }],
    user: "scram_user",
    password: tcpPassword,
    sslmode: "disable",
  };
  const thief = `role ${quoteIdentifier(overTcp.user)}`;
  const logOf = async (scene: Awaited<ReturnType<typeof openReconcileScene>>, name: string) => {
    const found = (await scene.events()).find((event) => event["name"] === name);
    const details = found?.["details"] as { witness: { ddl_log?: readonly Entry[] } | null } | undefined;
    expect(details).toBeDefined();
    return details!.witness?.ddl_log;
  };
  const steal = async (application: string, ...statements: readonly string[]): Promise<void> => {
    await using session = await connect(overTcp, { applicationName: "test" });
    await session.sql.unsafe(`set application_name = ${quoteLiteral(application)}`);
    for (const statement of statements) await session.sql.unsafe(statement);
  };

  test(`${each}: who dropped it is in the event; one whose drop failed is not`, async () => {
    await ask(settings, `alter ${thief} createdb createrole`, "create role bystander login");
    await using scene = await openReconcileScene({ ledgers, settings }, "off");
    await steal("maker", "create database shop template template0", "create role usr_shop");
    await scene.look();
    // A refused one, one that is taken back, one that asks for what it has no right to.
    await expect(ask({ ...settings, user: "bystander" }, "drop database shop")).rejects.toThrow("owner");
    await expect(ask(settings, "begin; drop role usr_shop; select 1/0")).rejects.toThrow("zero");
    await steal('cron, "nightly"\njob', "DROP DATABASE Shop WITH (FORCE)", "drop role usr_shop");
    await untilWritten(settings, log);
    const facts = await scene.look();
    expect(typesOf(facts).filter((type) => type === "loss-unattributed")).toHaveLength(2);
    const [database, ...more] = (await logOf(scene, "shop")) ?? [];
    expect(more).toEqual([]);
    expect(database).toEqual({
      at: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      statement: "DROP DATABASE",
      name: "shop",
      user: "scram_user",
      database: "postgres",
      client_address: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
      application_name: 'cron, "nightly"?job',
      session_id: expect.stringMatching(/^[0-9a-f]+\.[0-9a-f]+$/),
      sqlstate: "00000",
    } as never);
    expect((await logOf(scene, "usr_shop"))?.map(({ user }) => user)).toEqual(["scram_user"]);
    await ask(settings, "drop role bystander");
  });

  test(`${each}: names that are hostile, and a rotation between the drop and the look`, async () => {
    const names = ['a"b,\n2026-11-22 19:00:00.123 UTC,"x"', `x${"ä".repeat(31)}`, "\"'; drop role x --"];
    await using scene = await openReconcileScene({ ledgers, settings }, "off");
    for (const name of names)
      await steal("maker", `create database ${quoteIdentifier(name)} template template0`);
    await scene.look();
    const [stolen = "", ...rest] = names;
    await steal("first", `drop database ${quoteIdentifier(stolen)}`);
    await untilWritten(settings, log);
    const [before] = await ask(settings, `select pg_current_logfile('${log}') as file`);
    await ask(settings, "alter system set log_filename = 'again-%s.log'", "select pg_reload_conf()");
    await poll(async () => {
      const [now] = await ask(settings, `select pg_current_logfile('${log}') as file`);
      return now?.["file"] !== before?.["file"];
    });
    await steal(
      "second",
      ...rest.map((name, index) => `alter database ${quoteIdentifier(name)} rename to gone_${index}`),
      ...rest.map((_, index) => `drop database gone_${index}`),
      "create role other password 'geheim'; drop role other",
    );
    await untilWritten(settings, log);
    await scene.look();
    for (const [index, name] of names.entries()) {
      const entries = (await logOf(scene, name)) ?? [];
      expect(entries.map(({ statement, application_name }) => [application_name, statement])).toEqual(
        index === 0
          ? [["first", "DROP DATABASE"]]
          : [
              ["second", "ALTER DATABASE RENAME"],
              ["second", "DROP DATABASE"],
            ],
      );
    }
    expect(JSON.stringify(await scene.events())).not.toContain("geheim");
  });

  test(`${each}: a function's message that looks like a record is none; what may have been taken back says so`, async () => {
    await using scene = await openReconcileScene({ ledgers, settings }, "off");
    await ask(settings, "create role usr_a", "create role usr_b", "create role usr_c");
    await scene.look();
    await steal("liar", "do $$ begin raise log 'statement: drop role usr_a'; end $$");
    // DDL inside of DO is in no log.
    await ask(settings, "do $$ begin execute 'drop role usr_a'; end $$");
    await steal(
      "careful",
      "begin; drop role usr_b",
      "savepoint s",
      "do $$ begin perform 1/0; exception when others then null; end $$",
    );
    await using session = await connect(overTcp, { applicationName: "test" });
    await session.sql.unsafe("begin");
    await session.sql.unsafe("drop role usr_b");
    await session.sql.unsafe("savepoint s");
    await expect(session.sql.unsafe("select 1/0")).rejects.toThrow("zero");
    await session.sql.unsafe("rollback to s");
    await session.sql.unsafe("commit");
    // By the extended protocol, which logs what it executes in other words.
    await session.sql`drop role usr_c`;
    await untilWritten(settings, log);
    await scene.look();
    expect(await logOf(scene, "usr_a")).toBeUndefined();
    expect(await logOf(scene, "usr_c")).toEqual([
      expect.objectContaining({ statement: "DROP ROLE", user: "scram_user" }),
    ]);
    expect((await logOf(scene, "usr_b"))?.map(({ later_error }) => later_error)).toEqual([
      undefined,
      "22012",
    ]);
  });
}

test("rights that are missing, and settings, are told with what gives them", async () => {
  const { cluster } = servers["15 json"];
  await ask(cluster.settings, "create role looker login");
  const blindOf = async (settings: ConnectionSettings, user: string): Promise<string> => {
    await using scene = await openReconcileScene({ ledgers, settings }, "off", user);
    const [round] = await scene.look();
    return round?.type === "round-finished" ? round.blind.join("\n") : "";
  };
  expect(await blindOf(cluster.settings, "looker")).toContain(
    'the server\'s log may not be read: that takes GRANT pg_monitor TO "looker"; GRANT EXECUTE ON FUNCTION pg_catalog.pg_read_binary_file(text, bigint, bigint) TO "looker"',
  );
  await ask(
    cluster.settings,
    "grant pg_monitor to looker",
    "grant execute on function pg_read_binary_file(text, bigint, bigint) to looker",
    "create database db_looked",
  );
  await using scene = await openReconcileScene({ ledgers, settings: cluster.settings }, "off", "looker");
  const [first] = await scene.look();
  expect(JSON.stringify(first)).not.toContain("server's log");
  expect(JSON.stringify(first)).toContain("of a role that is gone the catalog and the log alone tell");
  await ask(cluster.settings, "drop database db_looked");
  await untilWritten(cluster.settings, "jsonlog");
  await scene.look();
  expect((await scene.events())[0]).toMatchObject({
    details: { witness: { ddl_log: [{ statement: "DROP DATABASE", user: cluster.settings.user }] } },
  });
  expect(await blindOf(ledgers.settings, ledgers.settings.user)).toContain(
    "the server's log tells not who dropped what: that takes logging_collector = on, log_destination = jsonlog, log_statement = ddl",
  );
});
