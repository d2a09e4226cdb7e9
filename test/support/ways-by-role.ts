import { execFile } from "node:child_process";
import { promisify } from "node:util";
import {
  guarded,
  sql,
  tenant,
  role,
  isGone,
  noDatabase,
  noRole,
  noTable,
  noRows,
  victim,
  precious,
  isOverwritten,
  drop,
  denied,
} from "./way-words.ts";
import type { WayRound } from "./way-words.ts";

let ended = false;

/** What roles are, belong to, or may set. */
export const waysByRole: readonly WayRound[] = [
  {
    name: "superuser",
    arrange: [role("ops", "superuser"), tenant("a")],
    attempt: drop("ops", "drop database db_a"),
    isDestroyed: noDatabase("db_a"),
    refusal: /must be owner of database/,
  },
  {
    name: "attribute: CREATEDB",
    arrange: [role("usr_a", "createdb")],
    attempt: (scene) =>
      scene.as("usr_a", "postgres", ["create database mine", "alter database mine rename to ours"]),
    isDestroyed: async (scene) => !(await noDatabase("ours")(scene)),
    refusal: /permission denied to create database/,
  },
  {
    name: "attribute: CREATEROLE",
    arrange: [role("usr_a", "createrole"), sql("postgres", "create role usr_b")],
    attempt: drop("usr_a", "drop role usr_b"),
    isDestroyed: noRole("usr_b"),
    refusal: /permission denied to drop role/,
  },
  {
    name: "attribute: REPLICATION, a slot of another's",
    arrange: [
      role("usr_a", "replication"),
      sql("postgres", "select pg_create_physical_replication_slot('standby')"),
    ],
    attempt: drop("usr_a", "select pg_drop_replication_slot('standby')"),
    isDestroyed: isGone("select from pg_replication_slots"),
    refusal: /must be superuser or replication role/,
  },
  {
    name: "attribute: REPLICATION, plain SQL in a replication connection",
    arrange: [tenant("a"), sql("postgres", "alter role usr_a replication")],
    attempt: ({ settings: { hosts } }) =>
      promisify(execFile)("psql", [
        "-v",
        "ON_ERROR_STOP=1",
        "-c",
        "drop database db_a",
        `host=${hosts[0]?.host} port=${hosts[0]?.port} user=usr_a dbname=postgres replication=database`,
      ]),
    isDestroyed: noDatabase("db_a"),
    refusal: /must be superuser or replication role to start walsender/,
  },
  {
    name: "membership: in a superuser",
    arrange: [role("dba", "superuser"), tenant("a"), role("usr_b"), sql("postgres", "grant dba to usr_b")],
    attempt: (scene) => scene.as("usr_b", "postgres", ["set role dba", "drop database db_a"]),
    isDestroyed: noDatabase("db_a"),
    refusal: /permission denied to set role|must be/,
    flags: ["--admin", "dba"],
  },
  {
    name: "membership: through a group",
    arrange: [
      role("dba", "superuser"),
      role("staff"),
      tenant("a"),
      role("usr_b"),
      sql("postgres", "grant dba to staff", "grant staff to usr_b"),
    ],
    attempt: (scene) => scene.as("usr_b", "postgres", ["set role dba", "drop database db_a"]),
    isDestroyed: noDatabase("db_a"),
    refusal: /permission denied to set role/,
    flags: ["--admin", "dba"],
  },
  {
    name: "membership: in another tenant",
    arrange: [
      tenant("a"),
      tenant("b"),
      sql("postgres", "grant usr_b to usr_a"),
      (scene) => scene.as("usr_b", "db_b", ["create table kept ()"]),
    ],
    attempt: (scene) => scene.as("usr_a", "db_b", ["drop table kept"]),
    isDestroyed: noTable("kept", "db_b"),
    refusal: denied,
  },
  {
    name: "membership: pg_execute_server_program, COPY … PROGRAM",
    arrange: [tenant("a"), sql("postgres", "grant pg_execute_server_program to usr_a"), precious],
    attempt: (scene) => scene.as("usr_a", "db_a", [`copy (select 1) to program 'cat > ${victim}'`]),
    isDestroyed: isOverwritten,
    refusal: /COPY to or from an external program/,
  },
  {
    name: "membership: pg_write_server_files, COPY to a file",
    arrange: [tenant("a"), sql("postgres", "grant pg_write_server_files to usr_a"), precious],
    attempt: (scene) => scene.as("usr_a", "db_a", [`copy (select 1) to '${victim}'`]),
    isDestroyed: isOverwritten,
    refusal: /COPY to a file/,
  },
  {
    name: "membership: pg_read_server_files, another's password",
    arrange: [tenant("a"), sql("postgres", "grant pg_read_server_files to usr_a"), precious],
    attempt: async (scene) => {
      await scene.as("usr_a", "db_a", ["create table loot (line text)", `copy loot from '${victim}'`]);
    },
    isDestroyed: async (scene) =>
      (
        await scene.admin(
          ["select from pg_class where relname = 'loot' and pg_relation_size(oid) > 0"],
          "db_a",
        )
      ).length > 0,
    refusal: /COPY from a file/,
  },
  {
    name: "membership: pg_write_all_data",
    arrange: [
      tenant("a"),
      tenant("b"),
      sql("postgres", "grant pg_write_all_data, pg_read_all_data to usr_a"),
      (scene) => scene.as("usr_b", "db_b", ["create table kept as select 1 as id"]),
    ],
    attempt: (scene) => scene.as("usr_a", "db_b", ["delete from kept"]),
    isDestroyed: noRows("kept", "db_b"),
    refusal: denied,
  },
  {
    name: "membership: pg_signal_backend, the session that proves a tombstone",
    arrange: [role("usr_a"), role("custodian"), sql("postgres", "grant pg_signal_backend to usr_a")],
    attempt: async (scene) => {
      const { connect } = await import("../../src/postgres/connect.ts");
      await using session = await connect(
        { ...scene.settings, user: "custodian" },
        { applicationName: "proof" },
      );
      const [mine] = await session.sql.unsafe("select pg_backend_pid() as pid");
      await scene.as("usr_a", "postgres", [`select pg_terminate_backend(${String(mine?.["pid"])})`]);
      ended = await session.sql.unsafe("select 1").then(
        () => false,
        () => true,
      );
    },
    isDestroyed: async () => {
      const was = ended;
      ended = false;
      return was;
    },
    refusal: /must be a member of the role/,
  },
  {
    name: "admin-option: a role handed on",
    arrange: [
      tenant("a"),
      role("usr_c"),
      role("ops"),
      sql("postgres", "grant ops to usr_a with admin option", "grant connect on database db_a to ops, usr_c"),
      sql(
        "db_a",
        "create table kept ()",
        "alter table kept owner to ops",
        "grant usage on schema public to usr_c",
      ),
    ],
    attempt: async (scene) => {
      await scene.as("usr_a", "postgres", ["grant ops to usr_c"]);
      await scene.as("usr_c", "db_a", ["drop table kept"]);
    },
    isDestroyed: noTable("kept", "db_a"),
    refusal: /must have admin option/,
  },
  {
    name: "role-setting: triggers off at login",
    arrange: [...guarded, sql("postgres", "alter role usr_a set session_replication_role = replica")],
    attempt: (scene) => scene.as("usr_a", "db_a", ["delete from kept"]),
    isDestroyed: noRows("kept", "db_a"),
    refusal: /kept/,
  },
  {
    name: "role-setting: large objects of others, in one database",
    arrange: [
      tenant("a"),
      sql(
        "db_a",
        "select lo_create(4711)",
        "alter role usr_a in database db_a set lo_compat_privileges = on",
      ),
    ],
    attempt: (scene) => scene.as("usr_a", "db_a", ["select lo_unlink(4711)"]),
    isDestroyed: isGone("select from pg_largeobject_metadata", "db_a"),
    refusal: /must be owner of large object/,
  },
  {
    name: "parameter: SET session_replication_role",
    arrange: [...guarded, sql("postgres", "grant set on parameter session_replication_role to usr_a")],
    attempt: (scene) =>
      scene.as("usr_a", "db_a", ["set session_replication_role = replica", "delete from kept"]),
    isDestroyed: noRows("kept", "db_a"),
    refusal: /permission denied to set parameter/,
  },
  {
    name: "parameter: ALTER SYSTEM, a command for the server to run",
    arrange: [role("usr_a"), sql("postgres", "grant alter system on parameter archive_command to usr_a")],
    attempt: drop("usr_a", `alter system set archive_command to 'rm -f ${victim}'`),
    isDestroyed: async (scene) =>
      (await scene.admin(["select from pg_file_settings where name = 'archive_command'"])).length > 0,
    refusal: /permission denied to set parameter/,
  },
  {
    name: "server-setting: triggers off for everybody",
    arrange: [
      ...guarded,
      (scene) => scene.admin(["alter system set session_replication_role = 'replica'"]),
      (scene) => scene.admin(["select pg_reload_conf()", "select pg_sleep(0.2)"]),
    ],
    attempt: (scene) => scene.as("usr_a", "db_a", ["delete from kept"]),
    isDestroyed: noRows("kept", "db_a"),
    refusal: /kept/,
  },
];
