/** What stands in the database `shop`, the superuser's until the last statement. */
const things = [
  "create extension dblink",
  "create extension lo",
  "create schema stock",
  "create table public.orders (id int primary key, note text, price int)",
  "insert into public.orders values (1, 'a', 1), (2, 'b', 2)",
  "create table stock.items (id int, name text)",
  "insert into stock.items values (1, 'x')",
  "create table public.log (id int)",
  "create table public.spare (id int)",
  "insert into public.spare values (1)",
  'create table public."a""b" (id int)',
  'create table public."Mixed Case" (id int)',
  'create table public."größe" (id int)',
  'create table public."drop" (id int)',
  `create table public.${"n".repeat(63)} (id int)`,
  "create table public.parts (id int) partition by range (id)",
  "create table public.parts_one partition of public.parts for values from (0) to (10)",
  "insert into public.parts values (1)",
  "create foreign data wrapper nowhere",
  "create server away foreign data wrapper nowhere",
  "create foreign table public.afar (id int) server away",
  "create materialized view public.totals as select 1 as n",
  "create sequence public.numbers",
  "create type public.mood as enum ('sad', 'fine')",
  "create type public.pair as (a int, b int)",
  "create domain public.short as text",
  "create publication papers",
  "select lo_from_bytea(4711, 'x'), lo_from_bytea(4712, 'y')",
  "create function public.tidy() returns void language plpgsql as $$ begin execute 'drop table public.spare'; end $$",
  "create procedure public.clean() language plpgsql as $$ begin drop table public.spare; end $$",
  "create function public.quiet() returns int language sql as 'select 1'",
];

/** What an application's role has made, as far as a loss is looked for, becomes its own. */
const owners = `do $$ declare r record; begin
  for r in select format('%I.%I', nspname, relname) as name, relkind from pg_class c join pg_namespace n
    on n.oid = relnamespace where nspname in ('public', 'stock') and relkind in ('r', 'p', 'm', 'S', 'f')
    and not exists (select from pg_depend where classid = 'pg_class'::regclass and objid = c.oid
      and objsubid = 0 and deptype in ('e', 'i')) loop
    execute format('alter %s %s owner to owner', case r.relkind when 'm' then 'materialized view' when 'S' then
      'sequence' when 'f' then 'foreign table' else 'table' end, r.name);
  end loop;
  execute 'alter schema public owner to owner; alter schema stock owner to owner; alter type mood owner to owner;
    alter type pair owner to owner; alter domain short owner to owner; alter function tidy() owner to owner;
    alter procedure clean() owner to owner; alter large object 4711 owner to owner; alter large object 4712 owner to owner';
end $$`;

/** Made anew in its place: a database of its own for every trial takes ten times as long. */
const emptying = `do $$ declare r record; begin
  for r in select subname from pg_subscription loop
    execute format('alter subscription %1$I disable; alter subscription %1$I set (slot_name = none)', r.subname);
    execute format('drop subscription %I', r.subname);
  end loop;
  for r in select evtname from pg_event_trigger loop execute format('drop event trigger %I', r.evtname); end loop;
  for r in select pubname from pg_publication loop execute format('drop publication %I', r.pubname); end loop;
  for r in select extname from pg_extension where extname <> 'plpgsql' loop
    execute format('drop extension %I cascade', r.extname);
  end loop;
  drop foreign data wrapper if exists nowhere cascade;
  for r in select nspname from pg_namespace where nspname !~ '^pg_' and nspname <> 'information_schema' loop
    execute format('drop schema %I cascade', r.nspname);
  end loop;
  perform lo_unlink(oid) from pg_largeobject_metadata;
end $$`;

const subscription =
  "create subscription news connection 'dbname=nowhere' publication papers with (connect = false, slot_name = none)";

/** In the database `shop`, whatever is in it. */
export const rebuilding: readonly string[] = [
  "set client_min_messages = error",
  "alter database shop owner to owner",
  emptying,
  "create schema public",
  "grant all on schema public to public",
  ...things,
  owners,
  subscription,
];

const role = (name: string, made: string): string =>
  `drop role if exists ${name}; create role ${name} ${made}`;

/** In the cluster, behind that: one statement each where it may not stand in a transaction. */
export const clearing: readonly string[] = [
  "set client_min_messages = error",
  "set allow_in_place_tablespaces = on",
  "drop database if exists renamed with (force)",
  "drop database if exists other with (force)",
  "create database other template template0",
  "drop tablespace if exists spare",
  "create tablespace spare location ''",
  "alter system reset all",
  "alter role owner reset all",
  `do $$ begin
    if exists (select from pg_replication_slots where slot_name = 'feed') then perform pg_drop_replication_slot('feed'); end if;
    perform pg_create_physical_replication_slot('feed');
  end $$`,
  "drop role if exists lodger",
  role("tenant", "login password 'secret'"),
  role("guest", ""),
  "alter role owner login nosuperuser",
];
