import { OpsError } from "../errors.ts";
import type { Session } from "../postgres/connect.ts";
import { serverErrorOf } from "../postgres/explain-error.ts";
import { quoteLiteral } from "../postgres/identifiers.ts";
import { relationName } from "./find-chain.ts";
import type { ChainPlace } from "./find-chain.ts";

/** The owner of a database sets for all who connect where their operators are found, and in which spelling they see definitions. */
const naming: Readonly<Record<string, string>> = {
  search_path: "pg_catalog",
  quote_all_identifiers: "off",
  standard_conforming_strings: "on",
  bytea_output: "hex",
};

/** Whatever the role, the database or the caller has set: the same bytes come back, hidden rows are an error. */
const settings: Readonly<Record<string, string>> = {
  ...naming,
  row_security: "off",
  client_encoding: "UTF8",
  TimeZone: "UTC",
  DateStyle: "ISO, YMD",
  IntervalStyle: "postgres",
  extra_float_digits: "3",
  statement_timeout: "0",
  lock_timeout: "10s",
  idle_in_transaction_session_timeout: "0",
  synchronize_seqscans: "off",
  // Else the planner computes what it can of CHECK constraints, functions of their owner's included.
  constraint_exclusion: "off",
  jit: "off",
};

/** Not in every release. The first keeps views and foreign tables from being read in a table's place. */
const newerSettings: Readonly<Record<string, string>> = {
  restrict_nonsystem_relation_kind: "view, foreign-table",
  transaction_timeout: "0",
};

/**
 * What every transaction begins with, before anything is asked in it: names resolve in pg_catalog alone. An operator of somebody else's
 * would run with the caller's rights.
 */
export const pinnedNames = setLocal(naming);

/** Pins the settings until the savepoint or transaction ends. */
export async function pinSettings(session: Session): Promise<void> {
  await session.sql.unsafe(setLocal(settings));
  await session.sql`
    select pg_catalog.set_config(s.name, given.value, true)
      from pg_catalog.json_each_text(${JSON.stringify(newerSettings)}::pg_catalog.text::pg_catalog.json) as given (name, value)
      join pg_catalog.pg_settings s on s.name = given.name`;
}

/** Asks the catalog in a READ ONLY transaction of its own, in which names are pinned. */
export async function askCatalog<Answer>(session: Session, ask: () => Promise<Answer>): Promise<Answer> {
  await session.sql.unsafe(`begin read only; ${pinnedNames}`);
  try {
    return await ask();
  } finally {
    await session.sql.unsafe("rollback");
  }
}

function setLocal(given: Readonly<Record<string, string>>): string {
  return Object.entries(given)
    .map(([name, value]) => `set local ${name} = ${quoteLiteral(value)}`)
    .join("; ");
}

/**
 * Locks a table of the chain, then requires that it is what it seems: a plain table whose columns hold stored values of
 * built-in types. A view, a type or an index of one's own functions would run code in the verifier's name. Throws `foreign-schema`, or
 * whatever the server says of the lock.
 */
export async function lockPlainTable(
  session: Session,
  place: ChainPlace,
  table: string,
  columns: readonly string[],
): Promise<void> {
  const name = relationName(place, table);
  try {
    await session.sql.unsafe(`lock table only ${name} in access share mode`);
  } catch (error) {
    if (serverErrorOf(error)?.sqlstate === "42809") throw notPlain(name, "is no plain table");
    throw error;
  }
  const [relation] = await session.sql<{ kind: string }[]>`
    select c.relkind::pg_catalog.text as kind from pg_catalog.pg_class c
     where c.oid = ${name}::pg_catalog.text::pg_catalog.regclass`;
  if (relation?.kind !== "r") throw notPlain(name, "is no plain table");
  const odd = await session.sql<{ column: string; missing: boolean }[]>`
    select given.name as column, a.attname is null as missing
      from pg_catalog.json_array_elements_text(${JSON.stringify(columns)}::pg_catalog.text::pg_catalog.json) as given (name)
      left join pg_catalog.pg_attribute a on a.attname = given.name and a.attnum > 0 and not a.attisdropped
           and a.attrelid = ${name}::pg_catalog.text::pg_catalog.regclass
      left join pg_catalog.pg_type y on y.oid = a.atttypid
      left join pg_catalog.pg_namespace n on n.oid = y.typnamespace
     where a.attname is null or n.nspname <> 'pg_catalog' or a.attgenerated not in ('', 's')`;
  const [first] = odd;
  if (first !== undefined) {
    throw notPlain(
      name,
      first.missing
        ? `has no column ${first.column}`
        : `has a column ${first.column} of no built-in, stored type`,
    );
  }
  await requireNoForeignCode(session, name);
}

/**
 * Requires that planning a query of a table runs nobody's code: the planner computes what is constant in the expressions of
 * indexes and statistics, with the rights of whoever reads. A superuser's functions, extensions' among them, are trusted.
 */
async function requireNoForeignCode(session: Session, name: string): Promise<void> {
  const [found] = await session.sql<{ place: string; code: string; owner: string }[]>`
    with places as (
      select 'pg_catalog.pg_class'::pg_catalog.regclass as class, i.indexrelid as id
        from pg_catalog.pg_index i where i.indrelid = ${name}::pg_catalog.text::pg_catalog.regclass
      union all
      select 'pg_catalog.pg_statistic_ext'::pg_catalog.regclass, e.oid
        from pg_catalog.pg_statistic_ext e where e.stxrelid = ${name}::pg_catalog.text::pg_catalog.regclass
    ), code as (
      select 'pg_catalog.pg_proc'::pg_catalog.regclass as class, oid as id, proowner as owner from pg_catalog.pg_proc
      union all
      select 'pg_catalog.pg_operator'::pg_catalog.regclass, oid, oprowner from pg_catalog.pg_operator
      union all
      select 'pg_catalog.pg_type'::pg_catalog.regclass, oid, typowner from pg_catalog.pg_type
    )
    select pg_catalog.pg_describe_object(p.class, p.id, 0) as place, pg_catalog.pg_describe_object(c.class, c.id, 0) as code,
           r.rolname as owner
      from places p
      join pg_catalog.pg_depend d on d.classid = p.class and d.objid = p.id
      join code c on c.class = d.refclassid and c.id = d.refobjid
      join pg_catalog.pg_roles r on r.oid = c.owner
     where not r.rolsuper and r.rolname <> current_user
     order by 1, 2 limit 1`;
  if (found === undefined) return;
  throw new OpsError(
    "foreign-schema",
    `${name} is not read: ${found.place} uses ${found.code} of role ${found.owner}, which the planner may run with this role's rights`,
    `drop ${found.place}, give ${found.code} to a superuser who has read it, or connect as ${found.owner}`,
  );
}

function notPlain(table: string, what: string): OpsError {
  return new OpsError(
    "foreign-schema",
    `${table} ${what}: it is not read`,
    "somebody may have put it in the place of the chain's table; look at it with psql \\d+",
  );
}
