import { bind, closing, describe, execute, parse, q, sync, together, unsynced, x } from "./messages.ts";
import type { Write } from "./messages.ts";
import type { Client } from "./scene.ts";

/**
 * What is to be found, and what the server makes of it. `drops`: something is gone, and its kind and name were seen; `hidden`: something is gone, and
 * what did it was opaque; `attempts`: seen, and nothing is gone; `harmless`: nothing seen, nothing gone; `doubtful`: nothing gone, and opaque is allowed.
 */
export type Verdict = "drops" | "hidden" | "attempts" | "harmless" | "doubtful";

export interface DropCase extends Client {
  readonly name: string;
  readonly verdict: Verdict;
  readonly writes: readonly Write[];
}

const of =
  (verdict: Verdict, who: Client["who"]) =>
  (name: string, ...writes: readonly (Write | string)[]): DropCase => ({
    name,
    verdict,
    who,
    writes: writes.map((each) => (typeof each === "string" ? q(each) : each)),
  });
const drops = of("drops", "owner");
const hidden = of("hidden", "owner");
const attempts = of("attempts", "owner");
const harmless = of("harmless", "owner");
const adminDrops = of("drops", "admin");
const adminHidden = of("hidden", "admin");
const adminAttempts = of("attempts", "admin");
const adminHarmless = of("harmless", "admin");
const doubtful = of("doubtful", "admin");
const texts = (make: typeof drops, ...all: readonly string[]): DropCase[] =>
  all.map((text) => make(text, text));
const off = "set standard_conforming_strings = off";
const body = (text: string): string => `do $$ begin ${text}; end $$`;

/** What an application's role can take away from its own database. */
const tables = texts(
  drops,
  "drop table orders",
  "DROP/**/TABLE/*a/*nested*/*/orders",
  "DROP--c\nTABLE orders",
  'drop\ftable\t"orders"',
  ";;; drop table orders",
  "select 1;; ; drop table orders;",
  "DROP TABLE oRdErS",
  "drop table if exists nope, public.orders, spare cascade",
  'drop table U&"ord\\0065rs"',
  "drop table U&\"ord!0065rs\" UESCAPE '!'",
  'drop table U&"ord\\+000065rs"',
  'drop table "a""b"',
  'drop table "Mixed Case"',
  `drop table ${"n".repeat(70)}`,
  "select $a$ $b$ $a$; drop table orders",
  "select $a$ $$ ; drop table spare $a$; drop table orders",
  "select E'\\'' ; drop table orders; --'",
  "select '\\'; drop table orders; --'",
  "select 'it''s'; drop table orders",
  "select N'x' 'y'\n'z'; drop table orders".replace("'x' 'y'", "'x'\n'y'"),
  "select 1 --'\r; select 2; drop table spare\n; drop table orders",
  "drop table only_nothing_here_is_fine, orders".replace(
    "only_nothing_here_is_fine, ",
    "if exists missing, ",
  ),
  "drop materialized view totals",
  "drop sequence numbers",
  "drop schema stock cascade",
  "drop schema if exists nope, stock cascade",
  "drop type mood",
  "drop type pair cascade",
  "drop domain short",
  "alter table orders drop column note",
  "alter table orders add column extra int, drop note, alter price set default 1",
  "alter table if exists only orders drop column if exists note cascade",
  "alter type pair drop attribute b",
  "truncate orders",
  "truncate table only orders, log cascade",
  "TRUNCATE/*x*/public.orders restart identity",
  "delete from orders",
  "delete from orders where true",
  "delete from only public.orders as o where 1 = 1",
  "with gone as (delete from orders returning *) select count(*) from gone",
  "with a as (select 1), b as (delete from orders returning id) insert into log select id from b",
  "explain analyze delete from orders",
  "explain (analyze, costs off) delete from orders",
  "explain (analyze true) truncate_me".replace("truncate_me", "delete from orders"),
  "merge into orders o using (select 1) s on true when matched then delete",
  "copy (delete from orders returning *) to stdout",
  "begin; drop table orders; commit",
  "begin; savepoint s; drop table orders; release s; end",
  "prepare gone as delete from orders; execute gone",
  body("drop table orders"),
  body("execute 'drop table orders'"),
  body("delete from orders"),
  "do language plpgsql 'begin drop table orders; end'",
  "do E'begin drop \\x74able orders; end'",
  "select lo_unlink(oid) from pg_largeobject_metadata",
  "alter table orders rename to elsewhere; drop table elsewhere",
  "create view seen as select 1; drop table orders",
  "set search_path = stock; drop table items",
);

const conversations: readonly DropCase[] = [
  drops("extended", x("drop table orders")),
  drops(
    "named, executed apart",
    together(parse("s", "drop table orders"), sync),
    together(bind("", "s"), execute(""), sync),
  ),
  drops("executed by SQL", together(parse("s", "delete from orders"), sync), "execute s"),
  drops(
    "prepared by SQL, executed on the wire",
    "prepare s as delete from orders",
    together(bind("", "s"), execute(""), sync),
  ),
  drops(
    "a portal with a name",
    together(parse("s", "drop table orders"), bind("p", "s"), execute("p"), sync),
  ),
  drops(
    "behind others in a pipeline",
    together(unsynced("select 1"), unsynced("drop table orders"), unsynced("select 2"), sync),
  ),
  drops("two syncs in one write", together(x("select 1"), x("drop table orders"), x("select 2"))),
  drops("two queries in one write", together(q("select 1"), q("drop table orders"), q("select 2"))),
  drops("query and extended in one write", together(q("begin"), x("drop table orders"), q("commit"))),
  drops(
    "closed and made anew",
    together(
      parse("s", "select 1"),
      closing("s"),
      parse("s", "drop table orders"),
      bind("", "s"),
      execute(""),
      sync,
    ),
  ),
  drops(
    "described, then executed",
    together(parse("s", "drop table orders"), describe("s"), sync),
    together(bind("", "s"), execute(""), sync),
  ),
  drops(
    "executed twice",
    together(parse("s", "truncate orders"), bind("", "s"), execute(""), sync),
    "insert into orders values (9)",
    together(bind("", "s"), execute(""), sync),
  ),
  drops("in a transaction of three messages", "begin", "drop table orders", "commit"),
  drops("standard strings off before", off, "select '\\'; drop table spare; --'; drop table orders; --'"),
  drops("standard strings off, in one write", together(q(off), q("select 'a\\''; drop table orders; --'"))),
  drops(
    "standard strings off, extended in one write",
    together(x(off), q("select 'a\\''; drop table orders; --'")),
  ),
  drops(
    "standard strings off by set_config",
    "select set_config('standard_conforming_strings', 'off', false)",
    "select 'a\\''; drop table orders; --'",
  ),
  drops("SJIS before", "set client_encoding = 'SJIS'", "select E'\x95\\'; drop table orders; --'"),
  drops(
    "SJIS in one write",
    together(q("set client_encoding = 'SJIS'"), q("select E'\x95\\'; drop table orders; --'")),
  ),
  drops("SJIS by SET NAMES", "set names 'sjis'", "select E'\x95\\'; drop table orders; --'"),
  drops("BIG5 before", "set client_encoding to big5", "select E'\xa5\\'; drop table orders; --'"),
  drops("GBK before", "set client_encoding to gbk", "select E'\x81\\'; drop table orders; --'"),
  drops("GB18030 before", "set client_encoding to gb18030", "select E'\x81\\'; drop table orders; --'"),
  drops("UHC before", "set client_encoding to uhc", "select E'\x81A\\''; drop table orders; --'"),
  {
    ...drops("SJIS from the start", "select E'\x95\\'; drop table orders; --'"),
    startup: { client_encoding: "SJIS" },
  },
  {
    ...drops("standard strings off from the start", "select 'a\\''; drop table orders; --'"),
    startup: { options: "-c standard_conforming_strings=off" },
  },
  hidden("a string that is joined", body("execute 'drop ' || 'tab' || 'le ' || (select 'orders')")),
  hidden(
    "what a table says",
    body("execute (select format('drop table %I', relname) from pg_class where relname = 'orders')"),
  ),
  hidden(
    "a parameter",
    body("perform set_config('a.b', 'drop table orders', true); execute current_setting('a.b')"),
  ),
  hidden(
    "query_to_xml",
    "select query_to_xml('delete from orders returning id', true, false, '')".replace(
      "delete from orders returning id",
      "select tidy()",
    ),
  ),
];

const spared: readonly DropCase[] = [
  ...texts(
    attempts,
    "drop table if exists nope",
    "drop table nope",
    "begin; drop table orders; rollback",
    "begin; savepoint s; drop table orders; rollback to s; commit",
    "drop table orders; select 1/0",
    "drop database other",
    "drop role tenant",
    "drop database if exists nope",
    body("drop table orders; raise exception 'no'"),
    "alter table orders drop column nope",
    "explain analyze delete from log",
    "truncate nope",
    "drop schema stock",
    "alter role tenant nologin",
    "alter database other connection limit 0",
    "drop tablespace nope",
    "drop subscription nope",
    "drop owned by tenant",
    "set session_replication_role = replica",
    "begin; drop database shop; commit",
  ),
  ...texts(
    harmless,
    "select 1",
    "",
    ";",
    ";;;",
    "comment on table orders is 'drop table orders'",
    "select 'drop table orders'",
    "select $$drop table orders$$",
    'select 1 as "drop table orders"',
    "-- drop table orders\nselect 1",
    "/* drop table /* orders */ ; drop table orders */ select 1",
    "create temp table t (a int) on commit drop",
    "explain delete from orders",
    "explain (analyze false) delete from orders",
    "delete from orders where id = 1",
    "update orders set price = 2 where id = 1 returning *",
    "insert into orders values (3, 'drop table orders')",
    "prepare gone as select 'drop'; execute gone; deallocate gone",
    "alter table orders alter column note drop not null",
    "alter table orders alter column price drop default",
    "select 'a' 'b'",
    "select 1/0",
    "selec 1",
    "drop",
    "drop orders",
    "select E'\\'; drop table orders; --'",
    "select U&'\\0064rop table orders'",
    "merge into orders o using (select 1 as id) s on o.id = s.id when matched then update set price = 1",
    "copy orders to stdout",
    "begin; select 1; rollback",
    "declare c cursor with hold for select 1",
    "do $$ begin perform 1; end $$",
    "set statement_timeout = '5s'",
    "select count(*) from orders where note = 'truncate'",
    "show all; select 1".replace("show all", "show search_path"),
    "lock table nope",
    "select quiet()",
  ),
  harmless("extended with a value", x("select $1::text", "drop table orders")),
  harmless("prepared and described, never executed", together(parse("s", "select 1"), describe("s"), sync)),
  harmless("an error in a pipeline", together(unsynced("select 1/0"), unsynced("select 2"), sync)),
  harmless("an empty extended query", x("")),
  harmless(
    "parsed and not executed",
    together(parse("s", "drop table orders"), describe("s"), closing("s"), sync),
  ),
  harmless("standard strings off", off, "select 'a\\'; drop table orders; --'"),
  harmless("SJIS", "set client_encoding = 'SJIS'", "select E'\x95\\''; select 2; --'"),
];

/** What a role that could drop what others own can take away. */
const admins: readonly DropCase[] = [
  ...texts(
    adminDrops,
    "drop database other",
    "DROP/*x*/DATABASE other",
    "drop database if exists other",
    "drop database other with (force)",
    'drop database U&"oth\\0065r"',
    "drop role tenant",
    "drop user tenant, guest",
    "drop group if exists nope, tenant",
    body("drop role tenant"),
    body("execute 'drop role tenant'"),
    "begin; drop role tenant; commit",
    "select 1; drop role tenant",
    "prepare a as select 1; drop role tenant",
    "alter role tenant nologin",
    "alter user tenant with password null",
    "alter role tenant valid until '2001-01-01'",
    "alter role tenant rename to lodger",
    "alter database other connection limit 0",
    "alter database other with allow_connections false",
    "alter database other rename to renamed",
    "delete from pg_database where datname = 'other'",
    "delete from pg_authid where rolname = 'tenant'",
    "delete from pg_catalog.pg_roles where rolname = 'tenant'".replace(
      "pg_catalog.pg_roles",
      "pg_catalog.pg_authid",
    ),
    "update pg_authid set rolcanlogin = false where rolname = 'tenant'",
    "alter system set log_statement = none",
    "alter system set session_replication_role = replica",
    "select pg_drop_replication_slot('feed')",
    "select pg_catalog.pg_drop_replication_slot('feed')",
    "drop extension dblink",
    "drop schema stock cascade",
    "set role owner; drop table orders",
    "set session authorization owner; truncate orders",
    "drop owned by owner",
  ),
  {
    ...adminDrops("slot by the walsender", "DROP_REPLICATION_SLOT feed"),
    startup: { replication: "database" },
  },
  {
    ...adminDrops("DROP DATABASE by a walsender", "drop database other"),
    startup: { replication: "database" },
  },
  adminDrops("DROP DATABASE, extended", x("drop database other")),
  adminDrops(
    "DROP ROLE by EXECUTE of what the wire prepared",
    together(parse("s", "delete from pg_authid where rolname = 'tenant'"), sync),
    "execute s",
  ),
  ...texts(
    adminHidden,
    "select tidy()",
    "call_nothing".replace("call_nothing", "select public.tidy()"),
    "select * from tidy()",
    "select dblink_exec('dbname=shop', 'drop role tenant')"
      .replace("dbname=shop", "dbname=shop user=owner host=/tmp")
      .replace(" user=owner host=/tmp", ""),
    "create function undo() returns void language plpgsql as $$ begin drop role tenant; end $$; select undo()",
    "create function lower(int) returns void language plpgsql as $$ begin drop role tenant; end $$; select lower(1)",
    "create function undo(int, int) returns int language plpgsql as $$ begin drop role tenant; return 1; end $$; " +
      "create operator +++ (leftarg = int, rightarg = int, function = undo); select 1 +++ 2",
    "create function undo() returns trigger language plpgsql as $$ begin drop role tenant; return new; end $$; " +
      "create trigger t before insert on log for each row execute function undo(); insert into log values (1)",
    "create rule r as on insert to log do also delete from orders; insert into log values (1)",
    body("execute format('drop role %I', (select rolname from pg_roles where rolname = 'tenant'))"),
  ),
  adminHidden(
    "a function that was made before, in a view",
    "create view v as select tidy()",
    "select * from v",
  ),
  ...texts(
    adminAttempts,
    "drop database shop",
    "begin; drop database other; commit",
    "select 1; drop database other",
    body("drop database other"),
    "drop database if exists nope",
    "drop role owner",
    "begin; drop role tenant; rollback",
    "set session_replication_role = replica",
    "set event_triggers = off",
    "select set_config('session_replication_role', 'replica', false)",
    "reassign owned by tenant to guest",
    "drop tablespace nope",
    "drop subscription nope",
    "alter role nobody nologin",
  ),
  ...texts(
    adminHarmless,
    "select 1",
    "select lower('DROP'), now() is not null",
    "select count(*) from pg_database",
    "create role lodger",
    "comment on database other is 'DROP DATABASE other'",
    "alter role tenant login",
    "select pg_catalog.length('drop role tenant')",
    "drop user mapping if exists for tenant server nope",
  ),
  ...texts(doubtful, "select quiet()", "select public.quiet()", body("execute 'select ' || (select 1)")),
];

export const dropCases: readonly DropCase[] = [...tables, ...conversations, ...spared, ...admins];
