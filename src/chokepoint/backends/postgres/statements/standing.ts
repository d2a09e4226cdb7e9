import { z } from "zod";
import { explainServerError } from "../../../../postgres/connect.ts";
import type { Session } from "../../../../postgres/connect.ts";
import type { FoundPart, Identity } from "../../../drop.ts";
import { requireSameServer } from "../../../require-same-server.ts";
import type { PartStanding } from "../../../statements/statement-eyes.ts";
import type { Context } from "../context.ts";
import { openReadOnly } from "../open-session.ts";
import { readServerFacts } from "../server-facts.ts";
import { applicationName } from "./identify.ts";

/**
 * What is left of the parts of a statement, by their oids. Whoever drops one holds a lock on it until the end of the transaction, which is
 * seen by all before the lock is given up: locks are asked for first, so that what is `there` was not being dropped then.
 */
export async function readStandings(
  context: Context,
  identity: Identity,
  signal: AbortSignal,
): Promise<readonly PartStanding[]> {
  await using session = await openReadOnly(await context.settings(), { applicationName, signal });
  requireSameServer((await readServerFacts(session)).systemIdentifier, identity);
  const asked = identity.parts.map((part, index) => ({ i: index, ...placeOf(part) }));
  const locked = await ask(session, lockQuery, asked);
  const standings = new Map(await ask(session, sharedQuery, asked));
  const inside = Map.groupBy(
    asked.filter(({ database }) => database !== null),
    ({ database }) => database,
  );
  for (const [oid, own] of inside) {
    const name = await nameOf(session, oid ?? "");
    if (name === null) continue;
    await using database = await openReadOnly(session.settings, { applicationName, signal, database: name });
    for (const [index, standing] of await ask(database, ownQuery, own)) standings.set(index, standing);
  }
  const isLocked = new Map(locked);
  return asked.map(({ i }) => {
    const standing = standings.get(i) ?? "gone";
    return standing === "there" && isLocked.has(i) ? "busy" : standing;
  });
}

interface Place {
  readonly part: string;
  /** The oid of the database that it is in; null: it is of the whole server. */
  readonly database: string | null;
  /** Of the thing itself, or of the table that it is in. */
  readonly oid: string | null;
  /** Of a column its number, of a slot its name. */
  readonly sub: string | null;
}

function placeOf({ part, id }: FoundPart): Place {
  if (part === "slot") return { part, database: null, oid: null, sub: id };
  const [first = "", second, third] = id.split("/");
  return second === undefined
    ? { part, database: null, oid: first, sub: null }
    : { part, database: first, oid: second, sub: third ?? null };
}

const row = z.object({ i: z.number(), standing: z.enum(["there", "busy", "broken"]) });

async function ask(
  session: Session,
  query: string,
  asked: readonly (Place & { readonly i: number })[],
): Promise<readonly (readonly [number, PartStanding])[]> {
  const rows = await session.sql
    .unsafe(query, [JSON.stringify(asked)])
    .catch((error: unknown) => Promise.reject(explainServerError(error, "looking for what is left of it")));
  return rows.map((each) => {
    const { i, standing } = row.parse(each);
    return [i, standing] as const;
  });
}

async function nameOf(session: Session, oid: string): Promise<string | null> {
  const [found] = await session.sql
    .unsafe<{ name: string }[]>(
      "select datname::text as name from pg_catalog.pg_database where oid = $1::text::oid",
      [oid],
    )
    .catch((error: unknown) => Promise.reject(explainServerError(error, "looking for its database")));
  return found?.name ?? null;
}

const places = `with p as materialized (
  select * from pg_catalog.json_to_recordset($1::text::json) as p (i int4, part text, database oid, oid oid, sub text))`;

const classes = `(case p.part when 'database' then 1262 when 'role' then 1260 when 'tablespace' then 1213 when 'subscription' then 6100
  when 'schema' then 2615 when 'type' then 1247 when 'extension' then 3079 end)`;

const lockQuery = `${places}
select distinct p.i, 'busy' as standing
  from p join pg_catalog.pg_locks l on l.granted and l.mode = 'AccessExclusiveLock' and l.database = coalesce(p.database, 0)
   and (l.locktype = 'relation' and p.part in ('table', 'column') and l.relation = p.oid
     or l.locktype = 'object' and l.classid::int8 = ${classes} and l.objid = p.oid)`;

/** Cut off half-way, a database has a connection limit of -2: it can only be dropped. */
const sharedQuery = `${places}
select p.i, case d.datconnlimit when -2 then 'broken' else 'there' end as standing
  from p join pg_catalog.pg_database d on p.part = 'database' and d.oid = p.oid
union all select p.i, 'there' from p join pg_catalog.pg_roles r on p.part = 'role' and r.oid = p.oid
union all select p.i, 'there' from p join pg_catalog.pg_tablespace t on p.part = 'tablespace' and t.oid = p.oid
union all select p.i, 'there' from p join pg_catalog.pg_subscription s on p.part = 'subscription' and s.oid = p.oid
union all select p.i, 'there' from p join pg_catalog.pg_replication_slots s on p.part = 'slot' and s.slot_name::text = p.sub`;

const ownQuery = `${places}
select p.i, 'there' as standing from p join pg_catalog.pg_namespace n on p.part = 'schema' and n.oid = p.oid
union all select p.i, 'there' from p join pg_catalog.pg_class c on p.part = 'table' and c.oid = p.oid
union all
select p.i, 'there' from p join pg_catalog.pg_attribute a on p.part = 'column' and a.attrelid = p.oid and a.attnum = p.sub::int2 and not a.attisdropped
union all select p.i, 'there' from p join pg_catalog.pg_type t on p.part = 'type' and t.oid = p.oid
union all select p.i, 'there' from p join pg_catalog.pg_extension e on p.part = 'extension' and e.oid = p.oid`;
