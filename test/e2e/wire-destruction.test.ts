import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "../../src/postgres/connect.ts";
import { buildProgram } from "../support/build-program.ts";
import { openPsql } from "../support/psql-session.ts";
import { tcpPassword } from "../support/tcp-cluster.ts";
import { untilListed, wireDrop } from "../support/wire-drops.ts";
import { psql, startWirePostgres } from "../support/wire-postgres.ts";

const built = mkdtempSync(join(tmpdir(), "wire-destruction-"));
afterAll(() => rmSync(built, { recursive: true, force: true }));
const { env, scene, tcp } = await startWirePostgres({
  program: buildProgram(built),
  clear: { approval: { default: "allow" } },
  statements: [
    "alter role owner createdb createrole",
    "create database db_denied template template0 owner owner",
    "create database db_ticket template template0 owner owner",
    "create database db_held template template0 owner owner",
    "create database db_kept template template0 owner owner",
    "create database db_left template template0 owner owner",
    "create database db_soft template template0 owner owner",
    "create role app login password '" + tcpPassword + "' in role pg_read_all_data",
    "grant all on database shop to app",
  ],
  listeners: [
    {
      name: "holding",
      target: "clear",
      policy: [
        { kinds: ["database", "table"], action: "hold", hold: { expires: "2m", in_transaction: "60s" } },
      ],
    },
    { name: "soft", target: "clear", policy: [{ kinds: ["database"], action: "soft" }] },
    { name: "gated", target: "clear", gate: { denied_roles: ["custodian", "pg_read_all_data"] } },
  ],
});

async function databases(): Promise<readonly string[]> {
  await using session = await connect(tcp.cluster.settings, { applicationName: "test" });
  const rows = await session.sql<{ datname: string }[]>`select datname from pg_database`;
  return rows.map(({ datname }) => datname);
}

describe("deny", () => {
  test("is 42501 with the drop's id, which drop show knows; the session goes on", async () => {
    const { code, stdout, stderr } = await psql(
      env("plain"),
      "\\set VERBOSITY verbose\ndrop database db_denied;\nselect 'goes on';",
    );
    expect([code, stdout]).toEqual([0, "goes on\n"]);
    expect(stderr).toMatch(/^ERROR: {2}42501: custody refuses it: .*DROP DATABASE db_denied$/m);
    const id = /^DETAIL: {2}recorded as drop ([0-9a-f-]{36})$/m.exec(stderr)?.[1] ?? "";
    expect(stderr).toContain(`HINT:  another person lets it through once with custody drop ticket ${id}\n`);
    expect(await databases()).toContain("db_denied");
    const shown = await scene.run(["drop", "show", id]);
    expect(shown.stdout).toContain("destroys     DROP DATABASE db_denied\n");
    expect(shown.stdout).toMatch(/^REFUSED drop_id=/m);
  });

  test("in a transaction leaves it failed, and rolled back by whoever ends it", async () => {
    const script =
      "begin;\ncreate table kept (id int);\ndrop role app;\nselect 1;\ncommit;\nselect to_regclass('kept') is null;";
    const { stdout, stderr } = await psql(env("plain"), script);
    expect(stderr).toContain("custody refuses it");
    expect(stderr).toContain("current transaction is aborted");
    expect(stdout).toBe("t\n");
  });

  test("of one statement of several: none is carried out", async () => {
    const { stdout } = await psql(
      env("plain"),
      "create table first (id int)\\; drop role app\\; select 1;\nselect to_regclass('first') is null;",
    );
    expect(stdout).toBe("t\n");
  });
});

describe("audit", () => {
  test("records what the server did: completed, failed, rolled back", async () => {
    const { code } = await psql(
      env("plain"),
      "create table aud1 (id int);\ndrop table aud1;\ndrop table aud2;\nbegin;\ncreate table aud3 (id int);\ndrop table aud3;\nrollback;\ndrop table if exists aud4;",
    );
    expect(code).toBe(0);
    const outcomes = await Promise.all(
      ["aud1", "aud2", "aud3", "aud4"].map(async (name) => {
        const { state, outcome } = await untilListed(scene, name, ["completed", "failed", "noop"]);
        return [name, state, outcome];
      }),
    );
    expect(outcomes).toEqual([
      ["aud1", "completed", "ok"],
      ["aud2", "failed", "error"],
      ["aud3", "failed", "rolled_back"],
      ["aud4", "noop", "noop"],
    ]);
  });

  test("attributes it: role, application, database, the tags of a comment", async () => {
    await psql(
      env("plain", { PGAPPNAME: "billing job" }),
      "create table tagged (id int);\ntruncate tagged /* request_id='r-77',job='nightly' */;",
    );
    const drop = await untilListed(scene, "tagged", ["completed"]);
    expect(drop).toMatchObject({
      request_id: "r-77",
      caller: "owner",
      protocol: "postgres",
      statement: {
        role: "owner",
        database: "shop",
        application_name: "billing job",
        tags: { job: "nightly" },
      },
    });
    const { stdout } = await scene.run(["drop", "show", drop.drop_id]);
    expect(stdout).toMatch(/^comment +job=nightly$/m);
    expect(stdout).toMatch(/^request +r-77$/m);
  });
});

describe("hold", () => {
  test("waits for another person, whose approval carries it out", async () => {
    await using client = openPsql(env("holding"));
    client.send("drop database db_held;\nselect 'after';");
    const [, id] = await client.said(
      /NOTICE: {2}custody holds this until another person approves it: drop (\S+)\n/,
    );
    await client.said(/HINT: {2}they run: custody drop approve \S+\n/);
    expect(await databases()).toContain("db_held");
    const approved = await scene.run(["drop", "approve", id!, "--comment", "asked on the phone"]);
    expect([approved.code, approved.stderr]).toEqual([0, ""]);
    await client.said(/^after\n/m);
    expect(await databases()).not.toContain("db_held");
    expect(await client.end()).toBe(0);
    expect(await wireDrop(scene, id!)).toMatchObject({ state: "completed", approvals: [{ by: "ann" }] });
  });

  test("ends in an error when a person denies it", async () => {
    await using client = openPsql(env("holding"), ["-v", "VERBOSITY=verbose"]);
    client.send("drop database db_kept;\nselect 'after';");
    const [, id] = await client.said(/drop ([0-9a-f-]{36})\n/);
    const denied = await scene.run(["drop", "deny", id!, "--comment", "they came back"]);
    expect(denied.code).toBe(0);
    const { stdout } = await scene.run(["drop", "show", id!]);
    expect(stdout).toMatch(/ drop\.denied +ann \(they came back\)$/m);
    await client.said(/ERROR: {2}42501: custody refuses it/);
    await client.said(/^after\n/m);
    expect(await databases()).toContain("db_kept");
  });

  test("is cancelled when the client goes away, and nothing is dropped", async () => {
    await using client = openPsql(env("holding"));
    client.send("drop database db_left;");
    const [, id] = await client.said(/drop ([0-9a-f-]{36})\n/);
    client.kill();
    await untilListed(scene, "db_left", ["cancelled"]);
    const late = await scene.run(["drop", "approve", id!]);
    expect(late.code).not.toBe(0);
    expect(await databases()).toContain("db_left");
  });

  test("is cancelled by Ctrl-C, and nothing is dropped", async () => {
    await using client = openPsql(env("holding"));
    client.send("create table stays (id int);\ndrop table stays;");
    const [, id] = await client.said(/drop ([0-9a-f-]{36})\n/);
    client.interrupt();
    await client.said(/ERROR: {2}canceling statement due to user request\n/);
    await client.said(/DETAIL: {2}it was held by custody, and was not executed\n/);
    expect(await untilListed(scene, "stays", ["cancelled"])).toMatchObject({ drop_id: id });
    expect((await psql(env("plain"), "select to_regclass('stays');")).stdout).toBe("stays\n");
  });
});

test("soft: a fence in place of the drop, and the way back", async () => {
  await psql(env(null, { PGDATABASE: "db_soft" }), "create table orders as select 1 as id;");
  const gone = await psql(env("soft"), "drop database db_soft;\nselect 'after';");
  expect([gone.code, gone.stdout, gone.stderr]).toEqual([0, "after\n", ""]);
  const there = await databases();
  expect(there).not.toContain("db_soft");
  const drop = await untilListed(scene, "db_soft", ["proved", "completed"]);
  expect(there).toContain(`custody_tomb_${drop.drop_id.replaceAll("-", "")}`);
  const undone = await scene.run(["drop", "undo", drop.drop_id, "--wait"]);
  expect([undone.code, undone.stderr]).toEqual([0, ""]);
  const back = await psql(env("plain", { PGDATABASE: "db_soft" }), "table orders;");
  expect(back.stdout).toBe("1\n");
}, 60_000);

test("a ticket lets it through once", async () => {
  const refused = await psql(env("plain"), "drop database db_ticket;");
  const id = /recorded as drop (\S+)/.exec(refused.stderr)?.[1] ?? "";
  const given = await scene.run(["drop", "ticket", id, "--output", "json"]);
  expect([given.code, given.stderr]).toEqual([0, ""]);
  const { ticket } = JSON.parse(given.stdout) as { ticket: string };
  const text = `drop database db_ticket /* custody-ticket=${ticket} */;`;
  const done = await psql(env("plain"), text);
  expect([done.code, done.stderr]).toEqual([0, ""]);
  expect(await databases()).not.toContain("db_ticket");
  await psql(env("plain"), "create database db_ticket template template0;");
  const again = await psql(env("plain"), text);
  expect(again.stderr).toContain("custody refuses it");
  expect(await databases()).toContain("db_ticket");
});

test("the gate refuses a role, by name or membership, before the server is dialled", async () => {
  const sessions = async (): Promise<number> => {
    await using session = await connect(tcp.cluster.settings, { applicationName: "test" });
    const [row] = await session.sql<
      { n: number }[]
    >`select sessions::int as n from pg_stat_database where datname = 'shop'`;
    return row?.n ?? -1;
  };
  const before = await sessions();
  for (const role of ["custodian", "app"]) {
    const { code, stderr } = await psql(env("gated", { PGUSER: role }), "select 1;");
    expect(code).toBe(2);
    expect(stderr).toContain(`FATAL:  role "${role}" may not connect here\n`);
  }
  const startup = await psql(env("gated", { PGOPTIONS: "-c role=custodian" }), "select 1;");
  expect([startup.code, startup.stdout]).toEqual([2, ""]);
  expect(await sessions()).toBe(before);
  expect((await psql(env("gated"), "select 1;")).stdout).toBe("1\n");
});
