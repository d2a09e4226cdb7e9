import { z } from "zod";
import type { Session } from "../../postgres/session.ts";
import type { InsideFacts } from "../facts.ts";
import { grants, grantsOf, names, queryRows } from "./query-rows.ts";

const schema = z.object({ name: z.string(), owner: z.string(), grants, workers: names });
const routine = z.object({
  name: z.string(),
  owner: z.string(),
  signature: z.string(),
  isInCatalog: z.boolean(),
  extension: z.string().nullable(),
  language: z.string(),
  isTrusted: z.boolean(),
  isDefiner: z.boolean(),
  source: z.string(),
  callers: z.array(z.string().nullable()),
});
const foreign = z.object({
  kind: z.enum(["wrapper", "server", "table"]),
  name: z.string(),
  reference: z.string(),
  owner: z.string(),
  grants,
});
const eventTrigger = z.object({
  name: z.string(),
  owner: z.string(),
  event: z.string(),
  enabled: z.string(),
  tags: names,
  functionOwner: z.string(),
  source: z.string(),
});

/** What stands in the session's database. `search_path` is empty, so that every name comes with its schema. */
export async function readInside(session: Session, database: string): Promise<InsideFacts> {
  return {
    database,
    schemas: await queryRows(session, schema, schemasQuery),
    functions: await queryRows(session, routine, functionsQuery),
    foreign: await queryRows(session, foreign, foreignQuery),
    eventTriggers: await queryRows(session, eventTrigger, eventTriggersQuery),
  };
}

const schemasQuery = `
  select n.nspname::text as "name", pg_catalog.pg_get_userbyid(n.nspowner)::text as "owner",
         ${grantsOf("coalesce(n.nspacl, pg_catalog.acldefault('n', n.nspowner))")} as "grants",
         (select coalesce(json_agg(distinct w.rolname::text), '[]'::json) from (
            select relowner as owner from pg_catalog.pg_class where relnamespace = n.oid
            union select proowner from pg_catalog.pg_proc where pronamespace = n.oid
            union select typowner from pg_catalog.pg_type where typnamespace = n.oid) o
          join pg_catalog.pg_roles w on w.oid = o.owner) as "workers"
  from pg_catalog.pg_namespace n
  where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
  order by n.nspname`;

/** Functions of the server that are nobody's until somebody grants them; all that run as their owner, or in a language without bounds. */
const functionsQuery = `
  select p.proname::text as "name", pg_catalog.pg_get_userbyid(p.proowner)::text as "owner",
         pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(p.proname)
           || '(' || pg_catalog.pg_get_function_identity_arguments(p.oid) || ')' as "signature",
         n.nspname = 'pg_catalog' and e.extname is null as "isInCatalog", e.extname::text as "extension", l.lanname::text as "language", l.lanpltrusted as "isTrusted",
         p.prosecdef as "isDefiner", case when p.prosecdef then pg_catalog.left(coalesce(nullif(p.prosrc, ''), pg_catalog.pg_get_functiondef(p.oid)), 200000) else '' end as "source",
         (select coalesce(json_agg(case a.grantee when 0 then null else pg_catalog.pg_get_userbyid(a.grantee) end), '[]'::json)
          from pg_catalog.aclexplode(coalesce(p.proacl, pg_catalog.acldefault('f', p.proowner))) a
          where a.privilege_type = 'EXECUTE') as "callers"
  from pg_catalog.pg_proc p
  join pg_catalog.pg_namespace n on n.oid = p.pronamespace
  join pg_catalog.pg_language l on l.oid = p.prolang
  left join pg_catalog.pg_depend d on d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass and d.objid = p.oid and d.deptype = 'e'
  left join pg_catalog.pg_extension e on e.oid = d.refobjid
  where case when n.nspname = 'pg_catalog' and e.extname is null
    then p.proname in ('lo_import', 'lo_export', 'pg_read_file', 'pg_read_binary_file', 'pg_promote')
    else n.nspname <> 'information_schema' and p.prokind in ('f', 'p', 'w') and (p.prosecdef or not l.lanpltrusted) end
  order by 3`;

const foreignQuery = `
  select 'wrapper' as "kind", w.fdwname::text as "name", pg_catalog.quote_ident(w.fdwname) as "reference",
         pg_catalog.pg_get_userbyid(w.fdwowner)::text as "owner",
         ${grantsOf("coalesce(w.fdwacl, pg_catalog.acldefault('F', w.fdwowner))")} as "grants"
  from pg_catalog.pg_foreign_data_wrapper w
  union all
  select 'server', s.srvname, pg_catalog.quote_ident(s.srvname), pg_catalog.pg_get_userbyid(s.srvowner),
         ${grantsOf("coalesce(s.srvacl, pg_catalog.acldefault('S', s.srvowner))")}
  from pg_catalog.pg_foreign_server s
  union all
  select 'table', c.relname, pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname),
         pg_catalog.pg_get_userbyid(c.relowner),
         ${grantsOf("coalesce(c.relacl, pg_catalog.acldefault('r', c.relowner))")}
  from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where c.relkind = 'f'
  order by 1, 3`;

const eventTriggersQuery = `
  select t.evtname::text as "name", pg_catalog.pg_get_userbyid(t.evtowner)::text as "owner", t.evtevent::text as "event",
         t.evtenabled::text as "enabled", coalesce(to_json(t.evttags), '[]'::json) as "tags",
         pg_catalog.pg_get_userbyid(p.proowner)::text as "functionOwner", p.prosrc as "source"
  from pg_catalog.pg_event_trigger t join pg_catalog.pg_proc p on p.oid = t.evtfoid
  order by t.evtname`;
