import { createKnownFunctions } from "../../../src/proxy/adapters/known-functions.ts";
import { judgeStartupOptions } from "../../../src/destruction/sql/wire/judge-startup-options.ts";
import { recogniserOf } from "../../../src/proxy/sessions/postgres/recogniser-of.ts";
import type { Destruction } from "../../../src/destruction/destruction.ts";
import type { ScratchCluster } from "../../../src/postgres/scratch-cluster.ts";
import { connect } from "../../../src/postgres/connect.ts";
import { sqlParser } from "../../../src/postgres/parse-sql.ts";
import { run } from "../cluster.ts";
import { openGate, startTestProxy } from "../postgres-session.ts";
import { rawClient } from "../raw-postgres.ts";
import { toldDecider } from "../wire-decider.ts";
import type { Write } from "./messages.ts";
import { lossesBetween, readCatalog } from "./catalog.ts";

export interface Trial {
  readonly losses: readonly string[];
  /** Type and body of each answer behind the startup's, without keys. */
  readonly answers: readonly string[];
  readonly sighted: readonly Destruction[];
}

/** How a case reaches the server. `seen`: all is let through and kept; `denied`: whatever is sighted is refused. */
export type Way = "direct" | "seen" | "denied";

export interface Client {
  /** The cluster's superuser, or the owner of the database `shop` and of nothing else. */
  readonly who: "admin" | "owner";
  readonly startup?: Readonly<Record<string, string>>;
}

const template = [
  "create extension dblink",
  "create schema stock",
  "create table public.orders (id int primary key, note text, price int)",
  "insert into public.orders values (1, 'a', 1), (2, 'b', 2)",
  "create table stock.items (id int, name text)",
  "insert into stock.items values (1, 'x')",
  "create table public.log (id int)",
  "create table public.spare (id int)",
  'create table public."a""b" (id int)',
  'create table public."Mixed Case" (id int)',
  `create table public.${"n".repeat(63)} (id int)`,
  "create materialized view public.totals as select count(*) from orders",
  "create sequence public.numbers",
  "create type public.mood as enum ('sad', 'fine')",
  "create type public.pair as (a int, b int)",
  "create domain public.short as text",
  "select lo_create(4711)",
  "create function public.tidy() returns void language plpgsql as $$ begin execute 'drop table public.spare'; end $$",
  "create function public.quiet() returns int language sql as 'select 1'",
];

const objects = `do $$ declare r record; begin
  for r in select format('%I.%I', nspname, relname) as name, relkind from pg_class c join pg_namespace n
    on n.oid = relnamespace where nspname in ('public', 'stock') and relkind in ('r', 'm', 'S')
    and not exists (select from pg_depend where objid = c.oid and deptype in ('e', 'i', 'a')) loop
    execute format('alter %s %s owner to owner', case r.relkind when 'm' then 'materialized view' when 'S' then
      'sequence' else 'table' end, r.name);
  end loop;
  execute 'alter schema public owner to owner; alter schema stock owner to owner; alter type mood owner to owner;
    alter type pair owner to owner; alter domain short owner to owner; alter function tidy() owner to owner;
    alter large object 4711 owner to owner';
end $$`;

/** A cluster whose database `shop`, role `tenant` and database `other` are made anew before every trial. */
export async function openScene(cluster: ScratchCluster): Promise<{
  trial(client: Client, writes: readonly Write[], way: Way, seed: number): Promise<Trial>;
}> {
  const [host] = cluster.settings.hosts;
  const path = `${host?.host}/.s.PGSQL.${host?.port}`;
  const names = { admin: cluster.settings.user, owner: "owner" };
  await run(cluster, "create role owner login");
  await run(cluster, "create database model template template0 owner owner");
  const model = await connect({ ...cluster.settings, database: "model" }, { applicationName: "oracle" });
  for (const statement of [...template, objects]) await model.sql.unsafe(statement);
  await model[Symbol.asyncDispose]();
  const parser = await sqlParser();

  async function reset(): Promise<void> {
    await using session = await connect(cluster.settings, { applicationName: "oracle" });
    const all = async (...statements: readonly string[]): Promise<void> => {
      for (const each of statements) await session.sql.unsafe(each);
    };
    await all(
      "drop database if exists shop with (force)",
      "drop database if exists other with (force)",
      "drop database if exists renamed with (force)",
      "alter system reset all",
      `do $$ begin if exists (select from pg_replication_slots where slot_name = 'feed')
        then perform pg_drop_replication_slot('feed'); end if; end $$`,
      "select pg_create_physical_replication_slot('feed')",
      "drop role if exists tenant",
      "drop role if exists lodger",
      "drop role if exists guest",
      "drop role if exists owner_two",
      "create role tenant login password 'secret'",
      "create role guest",
      "alter role owner login nosuperuser",
      "create database shop template model owner owner",
      "create database other template template0",
    );
  }

  return {
    async trial({ who, startup = {} }, writes, way, seed) {
      await reset();
      const before = await readCatalog(cluster.settings, "shop");
      const decider = toldDecider(() => (way === "denied" ? "refuse" : "pass"));
      const known = createKnownFunctions(cluster.settings);
      const recogniser = recogniserOf({
        parse: parser,
        isAdmin: who === "admin",
        knownFunctions: who === "admin" ? await known("shop") : null,
      });
      await using proxy = await startTestProxy({
        server: { kind: "unix", path },
        decider,
        gate: { ...openGate, admit: () => ({ kind: "admitted", isAdmin: who === "admin" }) },
        context: { recogniserFor: () => Promise.resolve(recogniser), readStartup: judgeStartupOptions },
      });
      const answers = await converse(
        way === "direct" ? { path } : { port: proxy.port },
        { user: names[who], database: "shop", ...startup },
        writes,
        way === "direct" ? null : seed,
      );
      const after = await readCatalog(cluster.settings, "shop");
      return {
        losses: lossesBetween(before, after),
        answers,
        sighted: decider.sightings.flatMap(({ destructions }) => destructions),
      };
    },
  };
}

/** Each write whole, or cut in two at a place that the seed says; ends with the answers, or with the connection. */
async function converse(
  place: { readonly port: number } | { readonly path: string },
  parameters: Readonly<Record<string, string>>,
  writes: readonly Write[],
  seed: number | null,
): Promise<readonly string[]> {
  const client = await rawClient(place, parameters).catch(() => null);
  if (client === null) return ["the connection ended at its start"];
  await using open = client;
  const from = open.answers.length;
  let ready = 1;
  for (const { bytes, ready: more } of writes) {
    const cut = seed === null ? bytes.length : 1 + ((seed * 2_654_435_761) % bytes.length);
    await new Promise((resolve) => open.socket.write(bytes.subarray(0, cut), resolve));
    await new Promise(setImmediate);
    if (cut < bytes.length) open.send(bytes.subarray(cut));
    ready += more;
    try {
      await open.ready(ready);
    } catch {
      break;
    }
  }
  return open.answers
    .slice(from)
    .filter(({ type }) => type !== "K")
    .map(({ type, body }) => `${type} ${body.toString("latin1").replaceAll("\0", "|")}`);
}
