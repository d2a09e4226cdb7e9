import type { Session } from "../postgres/session.ts";

/**
 * The version of the chain in a schema, read off the body of its audit_chain_version() and never by calling it: whoever
 * replaced that function must not run code with our rights. Null when there is none, or another.
 */
export async function readChainVersion(session: Session, schema: string): Promise<number | null> {
  const rows = await session.sql<{ body: string | null }[]>`
    select pg_catalog.pg_get_function_sqlbody(p.oid) as body
      from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace
     where n.nspname = ${schema} and p.proname = 'audit_chain_version' and p.pronargs = 0`;
  const version = /^RETURN (\d{1,9})$/.exec(rows[0]?.body ?? "")?.[1];
  return version === undefined ? null : Number(version);
}
