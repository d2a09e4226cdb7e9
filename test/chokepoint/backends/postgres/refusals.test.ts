import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import type { Resource } from "../../../../src/chokepoint/resource.ts";
import { connect } from "../../../../src/postgres/connect.ts";
import { serverErrorOf } from "../../../../src/postgres/explain-error.ts";
import type { ConnectionSettings } from "../../../../src/postgres/settings.ts";
import { startTestCluster, testTools } from "../../../support/cluster.ts";
import type { Major } from "../../../support/cluster.ts";
import { poll } from "../../../support/server-process.ts";
import { ask, backendOf, never } from "../../../support/postgres-target.ts";

/** The bare statement's answer, and what the backend says that it would be, both as the same role. */
async function both(
  settings: ConnectionSettings,
  resource: Resource,
  statement: string,
): Promise<{ readonly server: unknown; readonly refusals: readonly unknown[] }> {
  const force = statement.includes("force");
  const { refusals } = await backendOf(settings, "soft").inspect(resource, { force, signal: never });
  const inside = resource.type === "schema" ? { ...settings, database: resource.names.database! } : settings;
  const error: unknown = await ask(inside, statement).then(
    () => null,
    (failure: unknown) => failure,
  );
  const { sqlstate, message } = serverErrorOf(error) ?? { sqlstate: "none", message: String(error) };
  return {
    server: { code: sqlstate, message },
    refusals: refusals.map(({ code, message: words }) => ({ code, message: words })),
  };
}

async function expectSame(
  settings: ConnectionSettings,
  resource: Resource,
  statement: string,
): Promise<void> {
  const { server, refusals } = await both(settings, resource, statement);
  expect(server).not.toMatchObject({ code: "none" });
  expect(refusals[0]).toEqual(server);
}

const database = (name: string): Resource => ({ type: "database", names: { database: name } });
const role = (name: string): Resource => ({ type: "role", names: { role: name } });
const schema = (name: string): Resource => ({
  type: "schema",
  names: { database: "postgres", schema: name },
});

async function prepare(major: Major): Promise<{ readonly major: Major; readonly root: ConnectionSettings }> {
  const cluster = await startTestCluster(major, {
    parameters: { wal_level: "logical", max_replication_slots: "5", max_wal_senders: "5" },
  });
  const root = cluster.settings;
  await ask(
    root,
    "create role keeper login createdb createrole",
    "create role nobody login",
    "create role helpless login createdb",
    "create database own owner keeper",
    "create database others",
    "create database pattern owner keeper",
    "alter database pattern with is_template true",
    "create role usr_plain",
    "create role usr_super superuser",
  );
  return { major, root };
}

const servers = [await prepare(15), await prepare(18)];

describe.each(servers)("PostgreSQL $major", ({ major, root }) => {
  const keeper = { ...root, user: "keeper" };

  test("a database of others", () => expectSame(keeper, database("others"), "drop database others"));
  test("a template", () => expectSame(keeper, database("pattern"), "drop database pattern"));
  test("the current database", () =>
    expectSame({ ...keeper, database: "own" }, database("own"), "drop database own"));

  test("a database in use, unless it is forced", async () => {
    await using guest = await connect(
      { ...root, user: "keeper", database: "own" },
      { applicationName: "guest" },
    );
    await guest.sql.unsafe("select 1");
    await expectSame(keeper, database("own"), "drop database own");
    const { refusals, sessions } = await backendOf(keeper, "soft").inspect(database("own"), {
      force: true,
      signal: never,
    });
    expect({ refusals, sessions }).toEqual({ refusals: [], sessions: 1 });
  });

  test("a superuser's session, which custody's role may not end", async () => {
    await using guest = await connect({ ...root, database: "own" }, { applicationName: "guest" });
    await guest.sql.unsafe("select 1");
    await expectSame(keeper, database("own"), "drop database own with (force)");
  });

  test("a prepared transaction, forced or not", async () => {
    await ask(
      { ...root, database: "own" },
      "begin",
      "create table held (n int)",
      "prepare transaction 'held'",
    );
    await expectSame(keeper, database("own"), "drop database own");
    await expectSame(keeper, database("own"), "drop database own with (force)");
    await ask({ ...root, database: "own" }, "rollback prepared 'held'");
  });

  test("a subscription", async () => {
    await ask(
      { ...root, database: "own" },
      "create subscription sub connection 'host=/nonexistent dbname=x password=x' publication p with (connect = false, slot_name = none)",
    );
    await expectSame(keeper, database("own"), "drop database own");
    await ask({ ...root, database: "own" }, "drop subscription sub");
  });

  test("a database that may be dropped and not renamed", async () => {
    await ask(root, "create role mere login", "create database merely owner mere");
    const mere = { ...root, user: "mere" };
    const { refusals } = await both(mere, database("merely"), "select 1/0");
    const renamed = await both(mere, database("merely"), "alter database merely rename to other");
    expect(refusals[0]).toEqual(renamed.server as object);
  });

  test("roles: the right is missing, a superuser's, one's own, the server's own", async () => {
    await expectSame({ ...root, user: "helpless" }, role("usr_plain"), "drop role usr_plain");
    await expectSame(keeper, role("usr_super"), "drop role usr_super");
    await expectSame(root, role(root.user), `drop role ${root.user}`);
    await ask(root, "create role other_root superuser login");
    await expectSame({ ...root, user: "other_root" }, role(root.user), `drop role ${root.user}`);
    await expectSame({ ...root, user: "other_root" }, role("pg_monitor"), "drop role pg_monitor");
  });

  if (major >= 16)
    test("a role that custody's role does not administer", () =>
      expectSame(keeper, role("usr_plain"), "drop role usr_plain"));

  test("a role that owns, or may do, something elsewhere", async () => {
    await ask(
      root,
      "create role usr_owner",
      "create table public.owned (n int)",
      "alter table public.owned owner to usr_owner",
    );
    await expectSame(root, role("usr_owner"), "drop role usr_owner");
    await ask(root, "drop table public.owned", "grant create on database others to usr_owner");
    await expectSame(root, role("usr_owner"), "drop role usr_owner");
    await ask(root, "revoke create on database others from usr_owner");
    expect(
      (await backendOf(root, "soft").inspect(role("usr_owner"), { force: false, signal: never })).refusals,
    ).toEqual([]);
  });

  if (major >= 16)
    test("a role in whose name others are members", async () => {
      await ask(
        root,
        "create role usr_grantor",
        "create role club",
        "create role guest_of",
        "grant club to usr_grantor with admin option",
        "grant club to guest_of granted by usr_grantor",
      );
      await expectSame(root, role("usr_grantor"), "drop role usr_grantor");
    });

  test("what goes with its database stands in no role's way", async () => {
    await ask(root, "create role usr_whole", "create database whole owner usr_whole");
    await ask(
      { ...root, database: "whole" },
      "set role usr_whole",
      "create schema app",
      "create table app.t (n int)",
    );
    const resource: Resource = { type: "postgres", names: { database: "whole", role: "usr_whole" } };
    expect(
      (await backendOf(root, "soft").inspect(resource, { force: false, signal: never })).refusals,
    ).toEqual([]);
    await expectSame(root, role("usr_whole"), "drop role usr_whole");
  });

  test("schemas: of others, of the server, with something outside that depends on them", async () => {
    await ask(
      root,
      "create schema app",
      "create table app.t (n int primary key)",
      "create view app.inside as select n from app.t",
    );
    await expectSame(keeper, schema("app"), "drop schema app cascade");
    await expectSame(root, schema("pg_catalog"), "drop schema pg_catalog cascade");
    expect(
      (await backendOf(root, "soft").inspect(schema("app"), { force: false, signal: never })).refusals,
    ).toEqual([]);
    await ask(root, "create view public.outside as select n from app.t");
    await expectSame(root, schema("app"), "drop schema app restrict");
    await ask(root, "drop view public.outside", "create table public.child (n int references app.t)");
    await expectSame(root, schema("app"), "drop schema app restrict");
  });

  test("a slot that somebody reads, and none that nobody reads", async () => {
    const own = { ...root, database: "own" };
    await ask(own, "select pg_create_logical_replication_slot('idle', 'test_decoding')");
    await expectSame(keeper, database("own"), "select pg_drop_replication_slot('idle')");
    await ask(root, "alter role keeper replication");
    const idle = await backendOf(keeper, "soft").inspect(database("own"), { force: true, signal: never });
    expect(idle.refusals).toEqual([]);
    const { binDir } = await testTools();
    const args = ["-h", root.hosts[0]!.host, "-p", String(root.hosts[0]!.port), "-U", root.user, "-d", "own"];
    await using reader = Bun.spawn(
      [join(binDir, "pg_recvlogical"), ...args, "--slot", "idle", "--start", "-f", "-"],
      { stdout: "ignore", stderr: "ignore" },
    );
    await poll(async () => (await ask(root, "select from pg_replication_slots where active")).length === 1);
    await expectSame(keeper, database("own"), "drop database own");
    await expectSame(keeper, database("own"), "drop database own with (force)");
    reader.kill();
    await reader.exited;
    await poll(async () => (await ask(root, "select from pg_replication_slots where active")).length === 0);
    await ask(own, "select pg_drop_replication_slot('idle')");
  });
});
