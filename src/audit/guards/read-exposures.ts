import type { Session } from "../../postgres/session.ts";

/**
 * What would let somebody other than the owner past the guards, or make the tables be others than they seem: owners that
 * differ, grants, row security, rules, inheritance, triggers switched off as a whole; and what a crash would empty. One line each. `writerColumns` are those that a writer may give, `functions` the
 * identities of the chain's own: what somebody else has named like them does not guard it.
 */
export async function readExposures(
  session: Session,
  schema: string,
  {
    writerColumns,
    functions,
  }: { readonly writerColumns: readonly string[]; readonly functions: readonly string[] },
): Promise<readonly string[]> {
  const { sql } = session;
  const columns = JSON.stringify(writerColumns);
  const own = JSON.stringify(functions);
  const rows = await sql<{ line: string }[]>`
    with chain as (
      select c.oid, c.relname, c.relowner, c.relacl, c.relrowsecurity or c.relforcerowsecurity as is_secured,
             c.relpersistence <> 'p' as is_unlogged, not c.relhastriggers as is_untriggered,
             c.relname = 'audit_events' as is_events
        from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
       where n.nspname = ${schema} and c.relname in ('audit_events', 'audit_chain_head', 'audit_chain_pruned')
    ), owner as (select relowner from chain where is_events),
    functions as (
      select p.oid, p.proname, p.proowner, p.proacl
        from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace
       where n.nspname = ${schema} and p.proname ~ '^audit_(events|chain)_' and p.prokind = 'f'
         and p.proname || '(' || pg_catalog.pg_get_function_identity_arguments(p.oid) || ')' in
             (select pg_catalog.json_array_elements_text(${own}::pg_catalog.text::pg_catalog.json))
    )
    select 'table ' || relname || ' belongs to ' || pg_catalog.pg_get_userbyid(relowner) || ', audit_events does not' as line
      from chain where relowner <> (select relowner from owner)
    union all
    select 'function ' || proname || ' belongs to ' || pg_catalog.pg_get_userbyid(proowner) || ', audit_events does not'
      from functions where proowner <> (select relowner from owner)
    union all
    select 'row security is on for ' || relname from chain where is_secured
    union all
    select relname || ' is UNLOGGED: it is empty after a crash, and no standby has it' from chain where is_unlogged
    union all
    select 'no trigger runs on ' || relname || ' (pg_class.relhastriggers)' from chain where is_untriggered
    union all
    -- Of one role alone it is what tools of replication ask for.
    select 'triggers are off for whoever connects: session_replication_role = replica '
           || case d.setdatabase when 0 then 'for every role' else 'in this database' end
      from pg_catalog.pg_db_role_setting d
     where d.setrole = 0 and d.setconfig @> array['session_replication_role=replica']
       and d.setdatabase in (0, (select oid from pg_catalog.pg_database where datname = pg_catalog.current_database()))
    union all
    select 'triggers are off for whoever connects: session_replication_role = replica in the server''s configuration'
      from pg_catalog.pg_settings
     where name = 'session_replication_role' and setting = 'replica' and source in ('configuration file', 'command line')
    union all
    select 'rule ' || r.rulename || ' on ' || c.relname from chain c join pg_catalog.pg_rewrite r on r.ev_class = c.oid
    union all
    select relname || ' takes part in inheritance' from chain c
      where exists (select from pg_catalog.pg_inherits i where c.oid in (i.inhrelid, i.inhparent))
    union all
    select case a.grantee when 0 then 'PUBLIC' else pg_catalog.pg_get_userbyid(a.grantee) end
             || ' has ' || a.privilege_type || ' on ' || c.relname
      from chain c, pg_catalog.aclexplode(c.relacl) a
     where a.grantee <> c.relowner and a.privilege_type <> 'SELECT'
    union all
    select case a.grantee when 0 then 'PUBLIC' else pg_catalog.pg_get_userbyid(a.grantee) end
             || case when a.is_grantable then ' may grant ' else ' has ' end || a.privilege_type
             || ' on ' || c.relname || '.' || t.attname
      from chain c join pg_catalog.pg_attribute t on t.attrelid = c.oid, pg_catalog.aclexplode(t.attacl) a
     where a.grantee <> c.relowner and a.privilege_type <> 'SELECT'
       and not (c.is_events and a.privilege_type = 'INSERT' and not a.is_grantable and t.attname in
                (select pg_catalog.json_array_elements_text(${columns}::pg_catalog.text::pg_catalog.json)))
    union all
    select pg_catalog.pg_get_userbyid(a.grantee) || ' may call ' || f.proname
      from functions f, pg_catalog.aclexplode(f.proacl) a
     where a.grantee not in (0, f.proowner)
       -- Those that the owner may give to an operator; what everybody may call computes and changes nothing.
       and f.proname not in ('audit_events_redact', 'audit_chain_prune', 'audit_events_verify_chain')
       and not exists (select from pg_catalog.aclexplode(f.proacl) p where p.grantee = 0)
    order by 1`;
  return rows.map((row) => row.line);
}
