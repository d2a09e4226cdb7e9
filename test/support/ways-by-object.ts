import { tcpPassword } from "./tcp-cluster.ts";
import {
  sql,
  tenant,
  spare,
  role,
  isGone,
  noDatabase,
  noRole,
  noTable,
  noRows,
  victim,
  precious,
  isOverwritten,
  trap,
  fallIntoTrap,
  drop,
  dsn,
} from "./way-words.ts";
import type { WayRound } from "./way-words.ts";

/** What roles own, or may create or call. */
export const waysByObject: readonly WayRound[] = [
  {
    name: "database-owner: DROP DATABASE",
    arrange: [tenant("a")],
    attempt: drop("usr_a", "drop database db_a"),
    isDestroyed: noDatabase("db_a"),
    refusal: /must be owner of database/,
  },
  {
    name: "database-owner: CONNECTION LIMIT 0 and RENAME",
    arrange: [tenant("a")],
    attempt: drop("usr_a", "alter database db_a connection limit 0"),
    isDestroyed: isGone("select from pg_database where datname = 'db_a' and datconnlimit = -1"),
    refusal: /must be owner of database/,
  },
  {
    name: "database-connect: what another's database grants to everybody",
    arrange: [
      tenant("a"),
      tenant("b"),
      (scene) =>
        scene.as("usr_b", "db_b", ["create table kept as select 1 as id", "grant all on kept to public"]),
    ],
    attempt: (scene) => scene.as("usr_a", "db_b", ["delete from kept"]),
    isDestroyed: noRows("kept", "db_b"),
    refusal: /permission denied for database/,
  },
  {
    name: "database-create: a schema that is an admin's own",
    arrange: [
      role("dba", "superuser"),
      sql("postgres", "create role victim"),
      tenant("a"),
      sql("postgres", "alter database db_a owner to dba", "grant create, connect on database db_a to usr_a"),
    ],
    attempt: async (scene) => {
      await scene.as("usr_a", "db_a", [
        "create schema dba",
        ...trap("dba"),
        "grant usage on schema dba to public",
      ]);
      await fallIntoTrap(scene);
    },
    isDestroyed: noRole("victim"),
    refusal: /permission denied for database/,
    flags: ["--admin", "dba"],
  },
  {
    name: "schema-create: a function that an admin runs for the server's",
    arrange: [
      role("dba", "superuser"),
      sql("postgres", "create role victim"),
      role("usr_b"),
      sql("postgres", "create database db_a"),
      sql("db_a", "grant create on schema public to public", "grant connect on database db_a to usr_b"),
    ],
    attempt: async (scene) => {
      await scene.as("usr_b", "db_a", trap("public"));
      await fallIntoTrap(scene);
    },
    isDestroyed: noRole("victim"),
    refusal: /permission denied for schema public/,
    flags: ["--admin", "dba"],
  },
  {
    name: "tablespace",
    arrange: [
      role("usr_a"),
      (scene) =>
        scene.admin([
          "set allow_in_place_tablespaces = on",
          "create tablespace fast owner usr_a location ''",
        ]),
    ],
    attempt: drop("usr_a", "drop tablespace fast"),
    isDestroyed: isGone("select from pg_tablespace where spcname = 'fast'"),
    refusal: /must be owner of tablespace/,
  },
  {
    name: "schema-owner: with the tables of others",
    arrange: [
      tenant("a"),
      role("usr_b"),
      sql(
        "db_a",
        "create schema app authorization usr_a",
        "create table app.kept ()",
        "alter table app.kept owner to usr_b",
      ),
    ],
    attempt: (scene) => scene.as("usr_a", "db_a", ["drop schema app cascade"]),
    isDestroyed: noTable("kept", "db_a"),
    refusal: /refused here|must be owner of schema/,
  },
  {
    name: "server-function: lo_export",
    arrange: [
      tenant("a"),
      sql(
        "db_a",
        "grant execute on function lo_export(oid, text) to usr_a",
        "select lo_from_bytea(4711, 'x')",
        "grant select on large object 4711 to usr_a",
      ),
      precious,
    ],
    attempt: (scene) => scene.as("usr_a", "db_a", [`select lo_export(4711, '${victim}')`]),
    isDestroyed: isOverwritten,
    refusal: /permission denied for function lo_export/,
  },
  {
    name: "extension-function: dblink",
    arrange: [tenant("a"), spare, sql("db_a", "create extension dblink schema public")],
    attempt: (scene) =>
      scene.as("usr_a", "db_a", [
        `select public.dblink_connect('x', $$${dsn(scene, "usr_a", "postgres")}$$)`,
        "select public.dblink_exec('x', 'drop database db_spare')",
      ]),
    isDestroyed: noDatabase("db_spare"),
    refusal: /permission denied for function dblink_connect/,
  },
  {
    name: "untrusted-function: a function in C",
    arrange: [
      tenant("a"),
      spare,
      sql(
        "db_a",
        "create function public.ask(text, text) returns text language c as '$libdir/dblink', 'dblink_exec'",
      ),
    ],
    attempt: (scene) =>
      scene.as("usr_a", "db_a", [
        `select public.ask($$${dsn(scene, "usr_a", "postgres")}$$, 'drop database db_spare')`,
      ]),
    isDestroyed: noDatabase("db_spare"),
    refusal: /permission denied for function ask/,
  },
  {
    name: "definer-function: runs what it is given",
    arrange: [
      tenant("a"),
      sql("postgres", "create role victim"),
      sql(
        "db_a",
        "create function public.tidy(who text) returns void language plpgsql security definer as $$ begin execute 'drop role ' || who; end $$",
      ),
    ],
    attempt: (scene) => scene.as("usr_a", "db_a", ["select public.tidy('victim')"]),
    isDestroyed: noRole("victim"),
    refusal: /permission denied for function tidy/,
  },
  {
    name: "definer-function: drops by itself, in SQL",
    arrange: [
      tenant("a"),
      sql(
        "db_a",
        "create table kept as select 1 as id",
        "create procedure public.clean() language sql security definer as $$ truncate kept $$",
      ),
    ],
    attempt: (scene) => scene.as("usr_a", "db_a", ["call public.clean()"]),
    isDestroyed: noRows("kept", "db_a"),
    refusal: /permission denied for procedure clean/,
  },
  {
    name: "foreign-server: rows of another database",
    arrange: [
      tenant("a"),
      tenant("b"),
      (scene) => scene.as("usr_b", "db_b", ["create table kept as select 1 as id"]),
      (scene) =>
        scene.admin(
          [
            "create extension postgres_fdw schema public",
            `create server other foreign data wrapper postgres_fdw options (host 'localhost', port '${scene.port}', dbname 'db_b')`,
            `create user mapping for usr_a server other options (user 'usr_b', password '${tcpPassword.replaceAll("\\", "\\\\")}')`.replace(
              "'the",
              " E'the",
            ),
            "create foreign table public.remote (id int) server other options (table_name 'kept')",
            "alter foreign table public.remote owner to usr_a",
          ],
          "db_a",
        ),
    ],
    attempt: (scene) => scene.as("usr_a", "db_a", ["delete from remote"]),
    isDestroyed: noRows("kept", "db_b"),
    refusal: /permission denied for foreign table remote/,
  },
  {
    name: "guard: DROP OWNED",
    arrange: [tenant("a"), (scene) => scene.as("usr_a", "db_a", ["create table kept ()"])],
    attempt: (scene) => scene.as("usr_a", "db_a", ["drop owned by usr_a"]),
    isDestroyed: noTable("kept", "db_a"),
    refusal: /DROP OWNED is refused here for usr_a/,
  },
  {
    name: "guard: a table of a protected schema",
    arrange: [
      tenant("a"),
      sql(
        "db_a",
        "create schema vault",
        "create table vault.kept ()",
        "alter table vault.kept owner to usr_a",
        "grant usage on schema vault to usr_a",
      ),
    ],
    attempt: (scene) => scene.as("usr_a", "db_a", ["drop table vault.kept"]),
    isDestroyed: noTable("kept", "db_a"),
    refusal: /dropping table vault.kept is refused here for usr_a/,
    flags: ["--protect", "vault"],
  },
];
