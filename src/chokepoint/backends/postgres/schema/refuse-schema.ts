import { explainServerError } from "../../../../postgres/connect.ts";
import type { Session } from "../../../../postgres/connect.ts";
import type { ServerRefusal } from "../../../backend.ts";
import { refusal } from "../refusal.ts";
import type { ServerFacts } from "../server-facts.ts";

interface Row {
  readonly name: string;
  readonly is_owned: boolean;
  readonly is_pinned: boolean;
  readonly may_create: boolean;
  readonly database: string;
  readonly size: string;
}

/**
 * What `DROP SCHEMA … CASCADE` would be refused with, and what it would take from outside of the schema: that is refused too, since
 * no tombstone of the schema would hold it. Asked in the schema's own database.
 */
export async function refuseSchema(
  session: Session,
  server: ServerFacts,
  oid: string,
): Promise<{ readonly refusals: readonly ServerRefusal[]; readonly sizeBytes: number }> {
  const [row] = await session.sql
    .unsafe<Row[]>(facts, [oid])
    .catch((error: unknown) => Promise.reject(explainServerError(error, "looking at the schema")));
  if (row === undefined) return { refusals: [], sizeBytes: 0 };
  const outside = row.is_pinned ? [] : await dependentsOutside(session, oid);
  return { refusals: [...refusals(row, server, outside)], sizeBytes: Number(row.size) };
}

function* refusals(row: Row, server: ServerFacts, outside: readonly string[]): Generator<ServerRefusal> {
  if (server.isStandby)
    yield refusal("25006", "cannot execute DROP SCHEMA in a read-only transaction", { isPassing: true });
  if (!row.is_owned) yield refusal("42501", `must be owner of schema ${row.name}`);
  if (row.is_pinned)
    yield refusal("2BP01", `cannot drop schema ${row.name} because it is required by the database system`);
  if (outside.length > 0)
    yield refusal("2BP01", `cannot drop schema ${row.name} because other objects depend on it`, {
      hint: outside.join("; "),
    });
  if (row.is_owned && !row.may_create)
    yield refusal("42501", `permission denied for database ${row.database}`, {
      hint: `the fence renames: GRANT CREATE ON DATABASE to ${server.role.name}`,
    });
}

/** All that a cascade would take and that is not in the schema, described; at most 20. */
export async function dependentsOutside(session: Session, oid: string): Promise<readonly string[]> {
  const rows = await session.sql
    .unsafe<{ what: string }[]>(dependents, [oid])
    .catch((error: unknown) =>
      Promise.reject(explainServerError(error, "looking for what depends on the schema")),
    );
  return rows.map(({ what }) => what);
}

const facts = `
select n.nspname::text as name, pg_catalog.pg_has_role(current_user, n.nspowner, 'USAGE') as is_owned,
  n.oid < 16384 and n.nspname <> 'public' as is_pinned, pg_catalog.current_database()::text as database,
  pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE') as may_create,
  (select coalesce(pg_catalog.sum(pg_catalog.pg_total_relation_size(c.oid)), 0)::text from pg_catalog.pg_class c
    where c.relnamespace = n.oid and c.relkind in ('r', 'm', 'p', 'S')) as size
from pg_catalog.pg_namespace n where n.oid = $1::pg_catalog.oid`;

/** The schema that each object is in, through what it is a part of. */
const schemaOf = `coalesce(
  (select c.relnamespace from pg_catalog.pg_class c where f.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and c.oid = f.objid),
  (select c.pronamespace from pg_catalog.pg_proc c where f.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass and c.oid = f.objid),
  (select c.typnamespace from pg_catalog.pg_type c where f.classid = 'pg_catalog.pg_type'::pg_catalog.regclass and c.oid = f.objid),
  (select c.connamespace from pg_catalog.pg_constraint c where f.classid = 'pg_catalog.pg_constraint'::pg_catalog.regclass and c.oid = f.objid),
  (select r.relnamespace from pg_catalog.pg_rewrite c join pg_catalog.pg_class r on r.oid = c.ev_class
    where f.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass and c.oid = f.objid),
  (select r.relnamespace from pg_catalog.pg_trigger c join pg_catalog.pg_class r on r.oid = c.tgrelid
    where f.classid = 'pg_catalog.pg_trigger'::pg_catalog.regclass and c.oid = f.objid),
  (select r.relnamespace from pg_catalog.pg_attrdef c join pg_catalog.pg_class r on r.oid = c.adrelid
    where f.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass and c.oid = f.objid),
  (select r.relnamespace from pg_catalog.pg_policy c join pg_catalog.pg_class r on r.oid = c.polrelid
    where f.classid = 'pg_catalog.pg_policy'::pg_catalog.regclass and c.oid = f.objid),
  (select c.oprnamespace from pg_catalog.pg_operator c where f.classid = 'pg_catalog.pg_operator'::pg_catalog.regclass and c.oid = f.objid),
  (select c.opcnamespace from pg_catalog.pg_opclass c where f.classid = 'pg_catalog.pg_opclass'::pg_catalog.regclass and c.oid = f.objid),
  (select c.opfnamespace from pg_catalog.pg_opfamily c where f.classid = 'pg_catalog.pg_opfamily'::pg_catalog.regclass and c.oid = f.objid),
  (select o.opfnamespace from pg_catalog.pg_amop c join pg_catalog.pg_opfamily o on o.oid = c.amopfamily
    where f.classid = 'pg_catalog.pg_amop'::pg_catalog.regclass and c.oid = f.objid),
  (select o.opfnamespace from pg_catalog.pg_amproc c join pg_catalog.pg_opfamily o on o.oid = c.amprocfamily
    where f.classid = 'pg_catalog.pg_amproc'::pg_catalog.regclass and c.oid = f.objid),
  (select c.collnamespace from pg_catalog.pg_collation c where f.classid = 'pg_catalog.pg_collation'::pg_catalog.regclass and c.oid = f.objid),
  (select c.connamespace from pg_catalog.pg_conversion c where f.classid = 'pg_catalog.pg_conversion'::pg_catalog.regclass and c.oid = f.objid),
  (select c.stxnamespace from pg_catalog.pg_statistic_ext c where f.classid = 'pg_catalog.pg_statistic_ext'::pg_catalog.regclass and c.oid = f.objid),
  (select c.cfgnamespace from pg_catalog.pg_ts_config c where f.classid = 'pg_catalog.pg_ts_config'::pg_catalog.regclass and c.oid = f.objid),
  (select c.dictnamespace from pg_catalog.pg_ts_dict c where f.classid = 'pg_catalog.pg_ts_dict'::pg_catalog.regclass and c.oid = f.objid),
  (select c.prsnamespace from pg_catalog.pg_ts_parser c where f.classid = 'pg_catalog.pg_ts_parser'::pg_catalog.regclass and c.oid = f.objid),
  (select c.tmplnamespace from pg_catalog.pg_ts_template c where f.classid = 'pg_catalog.pg_ts_template'::pg_catalog.regclass and c.oid = f.objid),
  (select c.defaclnamespace from pg_catalog.pg_default_acl c where f.classid = 'pg_catalog.pg_default_acl'::pg_catalog.regclass and c.oid = f.objid))`;

/** Toast tables are in no schema of anybody's; extensions, casts, publications and event triggers are in none at all. */
const dependents = `
with recursive found (classid, objid) as (
  select 'pg_catalog.pg_namespace'::pg_catalog.regclass::pg_catalog.oid, $1::pg_catalog.oid
  union
  select d.classid, d.objid from pg_catalog.pg_depend d join found f on d.refclassid = f.classid and d.refobjid = f.objid)
select pg_catalog.pg_describe_object(f.classid, f.objid, 0) as what
  from found f
 where not (f.classid = 'pg_catalog.pg_namespace'::pg_catalog.regclass and f.objid = $1::pg_catalog.oid)
   and ${schemaOf} is distinct from $1::pg_catalog.oid and ${schemaOf} is distinct from 'pg_toast'::pg_catalog.regnamespace::pg_catalog.oid
 order by 1 limit 20`;
