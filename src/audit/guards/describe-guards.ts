import type { Session } from "../../postgres/session.ts";
import type { ChainPlace } from "../find-chain.ts";

/**
 * What stands around a chain that custody did not install: nothing is known that it could be compared with, but who owns
 * the tables, may write to them, and what runs when they do is for people to see. One line each.
 */
export async function describeGuards(
  { sql }: Session,
  { schema, definition }: ChainPlace,
): Promise<readonly string[]> {
  const tables = JSON.stringify([definition.table, ...(definition.head ? [definition.head.table] : [])]);
  const rows = await sql<{ line: string }[]>`
    with chain as (
      select c.oid, c.relname, c.relowner, c.relacl, c.relrowsecurity
        from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
       where n.nspname = ${schema} and c.relname in
             (select pg_catalog.json_array_elements_text(${tables}::pg_catalog.text::pg_catalog.json))
    ), grants as (
      select relname as object, a.grantee, a.privilege_type
        from chain, pg_catalog.aclexplode(relacl) a where a.grantee <> relowner
      union all
      select relname || '.' || t.attname, a.grantee, a.privilege_type
        from chain join pg_catalog.pg_attribute t on t.attrelid = chain.oid, pg_catalog.aclexplode(t.attacl) a
       where a.grantee <> relowner
    )
    select 1 as place, 'table ' || relname || ' belongs to ' || pg_catalog.pg_get_userbyid(relowner)
           || case when relrowsecurity then ', its row security is on' else '' end as line
      from chain
    union all
    select 2, 'trigger ' || t.tgname || ' on ' || c.relname
           || case t.tgenabled when 'D' then ' (disabled)' when 'R' then ' (on replicas only)' else '' end
           || ' runs ' || p.proname || '() of ' || pg_catalog.pg_get_userbyid(p.proowner) || ', body sha256 '
           || pg_catalog.left(pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(p.prosrc, 'UTF8')), 'hex'), 16) || '…'
      from chain c join pg_catalog.pg_trigger t on t.tgrelid = c.oid and not t.tgisinternal
      join pg_catalog.pg_proc p on p.oid = t.tgfoid
    union all
    select 3, case grantee when 0 then 'PUBLIC' else pg_catalog.pg_get_userbyid(grantee) end
           || ' has ' || pg_catalog.string_agg(privilege_type, ', ' order by privilege_type) || ' on ' || object
      from grants where privilege_type <> 'SELECT' group by object, grantee
    order by 1, 2`;
  return rows.map(({ line }) => `not judged in the profile ${definition.name}: ${line}`);
}
