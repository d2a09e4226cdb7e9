import { describe, expect, test } from "bun:test";
import { majors, startTestCluster } from "../support/cluster.ts";
import { openBesideHba, sceneOn } from "../support/lockdown-scene.ts";

const scenes = new Map(
  await Promise.all(
    majors.map(async (major) => {
      const cluster = await startTestCluster(major, {
        parameters: { max_connections: "20", shared_buffers: "16MB" },
      });
      return [major, sceneOn(cluster.settings)] as const;
    }),
  ),
);

describe.each(majors)("PostgreSQL %s", (major) => {
  test("applied twice, the second changes nothing; tenants work on, and drop no database", async () => {
    const scene = scenes.get(major)!;
    await scene.role("custodian", "createdb createrole");
    await scene.role("dba", "superuser");
    for (const token of ["a", "b"]) {
      await scene.role(`usr_${token}`, "createrole");
      await scene.admin([`create database db_${token} owner usr_${token}`]);
      await scene.as(`usr_${token}`, `db_${token}`, ["create table before as select 1 as id"]);
    }
    await scene.role("handed");
    await scene.as("usr_a", "postgres", ["create role of_a"]);
    await scene.admin([
      "alter role usr_b nocreaterole",
      "grant pg_read_server_files, pg_signal_backend, dba to usr_b with admin option",
      "grant handed to usr_b with admin option",
      ...(major >= 16
        ? [
            "set role usr_b",
            "grant handed to usr_a with admin option",
            "reset role",
            "grant pg_create_subscription to usr_a",
          ]
        : []),
      ...(major >= 17 ? ["grant pg_maintain to usr_a", "alter role usr_a set event_triggers = off"] : []),
      ...(major >= 15
        ? [
            "grant set on parameter lo_compat_privileges to usr_a",
            "grant alter system on parameter log_statement to public",
          ]
        : []),
    ]);
    const flags = ["--proxy-role", "custodian", "--admin", "dba"];
    const applied = await scene.lockdown("--apply", ...flags);
    expect([applied.stderr, ...openBesideHba(applied)]).toEqual([""]);
    expect(applied.applied.length).toBeGreaterThan(30);
    expect((await scene.lockdown("--apply", ...flags)).applied).toEqual([]);
    expect(openBesideHba(await scene.lockdown("--check", ...flags))).toEqual([]);

    await scene.as("usr_a", "db_a", [
      "insert into before values (2)",
      "create table after (id int)",
      "create temp table mine (id int)",
      "drop table before, after",
      "create function f() returns int language sql as 'select 1'",
    ]);
    for (const [who, where, what] of [
      ["usr_a", "postgres", "drop database db_a"],
      ["usr_a", "db_b", "select 1"],
      ["usr_a", "db_a", "drop owned by usr_a"],
      ["usr_a", "db_a", "create schema dba"],
      ["usr_a", "postgres", "drop role of_a"],
      ["usr_b", "postgres", "set role dba"],
    ] as const) {
      const outcome: unknown = await scene.as(who, where, [what]).catch((error: unknown) => error);
      expect(String(outcome)).toMatch(/permission denied|must be owner|refused here|must have/);
    }
    // The proxy's role may, and it is no superuser.
    await scene.as("custodian", "postgres", ["drop database db_a"]);
  });

  test("the guard holds where a session may turn triggers off, and whatever role it takes on", async () => {
    const scene = scenes.get(major)!;
    await scene.reset();
    await scene.role("usr_a");
    await scene.admin(["create database db_a owner usr_a"]);
    await scene.lockdown("--apply");
    await scene.as("usr_a", "db_a", ["create table kept ()"]);
    await scene.admin(["alter role usr_a set session_replication_role = replica"]);
    const outcome: unknown = await scene
      .as("usr_a", "db_a", ["drop owned by usr_a"])
      .catch((error: unknown) => error);
    expect(String(outcome)).toContain("refused here for usr_a");
    await scene.admin(["drop owned by usr_a"], "db_a");
    expect(await scene.admin(["select from pg_class where relname = 'kept'"], "db_a")).toEqual([]);
  });

  test("a guard that somebody changed is found, and mended", async () => {
    const scene = scenes.get(major)!;
    for (const change of [
      "alter event trigger custody_guard_drop disable",
      "alter event trigger custody_guard_command enable",
      "drop event trigger custody_guard_drop",
      "create or replace function custody_guard.refuse_destruction() returns event_trigger language plpgsql as 'begin end'",
      "alter function custody_guard.refuse_destruction() owner to usr_a",
    ]) {
      await scene.reset();
      await scene.role("usr_a");
      await scene.admin(["create database db_a owner usr_a"]);
      await scene.lockdown("--apply");
      await scene.admin([change], "db_a");
      expect(openBesideHba(await scene.lockdown("--check"))).toEqual([
        expect.stringMatching(/^guard: database db_a/),
      ]);
      expect(openBesideHba(await scene.lockdown("--apply"))).toEqual([]);
    }
  });
});
