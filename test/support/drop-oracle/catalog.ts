import type { Session } from "../../../src/postgres/connect.ts";
import { connect } from "../../../src/postgres/connect.ts";
import type { ConnectionSettings } from "../../../src/postgres/settings.ts";

/** What there is, by `kind name`, and what else of it counts: less of that is a loss as well. */
export type Catalog = ReadonlyMap<string, string>;

const shared = `
  select 'database ' || datname, (datconnlimit <> 0 and datallowconn)::text from pg_database
  union all select 'role ' || rolname, concat_ws(' ', rolcanlogin, rolsuper, rolpassword is null,
    coalesce(rolvaliduntil > now(), true)) from pg_authid where rolname !~ '^pg_'
  union all select 'tablespace ' || spcname, '' from pg_tablespace
  union all select 'slot ' || slot_name, '' from pg_replication_slots
  union all select 'subscription ' || subname, '' from pg_subscription
  union all select 'setting ' || name, setting from pg_file_settings where sourcefile ~ 'auto.conf'
  union all select 'made settings', count(*)::text from pg_db_role_setting
  union all select 'made members', count(*)::text from pg_auth_members`;

const own = `(select oid from pg_namespace where nspname !~ '^pg_' and nspname <> 'information_schema')`;

const local = `
  select 'schema ' || nspname, '' from pg_namespace where nspname !~ '^pg_(toast|temp)'
  union all select 'table ' || relname, '' from pg_class
    where relkind in ('r', 'p', 'm', 'f', 'S') and relnamespace in ${own}
  union all select 'column ' || attname || ' of ' || relname, '' from pg_attribute a join pg_class c on c.oid = attrelid
    where attnum > 0 and not attisdropped and relkind in ('r', 'p', 'f', 'c') and relnamespace in ${own}
  union all select 'type ' || typname, '' from pg_type where typtype in ('e', 'd', 'c', 'r') and typrelid in
      (select 0::oid union select oid from pg_class where relkind = 'c') and typnamespace in ${own}
  union all select 'extension ' || extname, '' from pg_extension
  union all select 'rows large objects', count(*)::text from pg_largeobject_metadata
  union all select 'rows ' || relname, ((xpath('/table/row/n/text()', query_to_xml(
    format('select count(*) as n from %I.%I', nspname, relname), true, false, '')))[1])::text
    from pg_class c join pg_namespace n on n.oid = relnamespace
    where relkind in ('r', 'm') and n.oid in ${own}
  union all select 'made', concat_ws(' ', (select count(*) from pg_proc), (select count(*) from pg_rewrite),
    (select count(*) from pg_trigger), (select count(*) from pg_operator), (select count(*) from pg_cast),
    (select count(*) from pg_event_trigger), (select count(*) from pg_publication), (select count(*) from pg_class))`;

async function ask(session: Session, statement: string): Promise<readonly [string, string][]> {
  const found = await session.sql.unsafe(`select a as key, b as value from (${statement}) as t (a, b)`);
  return found.map((row) => [String(row["key"]), String(row["value"])]);
}

/** Of the cluster, and of the database given where it is there. */
export async function readCatalog(
  admin: Session,
  settings: ConnectionSettings,
  database: string,
): Promise<Catalog> {
  const all = new Map(await ask(admin, shared));
  if (!all.has(`database ${database}`)) return all;
  await using inside = await connect({ ...settings, database }, { applicationName: "oracle" });
  for (const [key, value] of await ask(inside, local)) all.set(key, value);
  return all;
}

/** What is gone, or less. Of a database that is gone what was in it is not told apart. Pure. */
export function lossesBetween(before: Catalog, after: Catalog): readonly string[] {
  const losses: string[] = [];
  for (const [key, value] of before) {
    const now = after.get(key);
    if (key.startsWith("made")) continue;
    if (now === undefined) losses.push(key);
    else if (key.startsWith("rows ")) {
      if (now === "0" && value !== "0") losses.push(key);
    } else if (now !== value) losses.push(key);
  }
  // ALTER SYSTEM adds a line.
  for (const key of after.keys()) if (key.startsWith("setting ") && !before.has(key)) losses.push(key);
  return losses;
}

export function isSame(one: Catalog, other: Catalog): boolean {
  return one.size === other.size && [...one].every(([key, value]) => other.get(key) === value);
}
