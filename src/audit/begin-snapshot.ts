import type { Session } from "../postgres/session.ts";
import { relationName } from "./find-chain.ts";
import type { ChainPlace } from "./find-chain.ts";
import { explainReading, prunedTable } from "./read-base.ts";
import { askCatalog, pinnedNames } from "./secure-reading.ts";

/**
 * Begins a REPEATABLE READ, READ ONLY transaction in which names are pinned. The tables of `place` are locked before the
 * snapshot is taken, which the first query does: to a snapshot from before, a table that an ALTER TABLE rewrote while its lock was
 * waited for looks empty. Tables that cannot be locked so are left to what reads them.
 */
export async function beginSnapshot(session: Session, place: ChainPlace | null): Promise<void> {
  const tables = place === null ? [] : await lockable(session, place);
  await session.sql.unsafe(`begin isolation level repeatable read read only; ${pinnedNames}`);
  if (place === null || tables.length === 0) return;
  const names = tables.map((each) => `only ${relationName(place, each)}`).join(", ");
  try {
    await session.sql.unsafe(
      `set local lock_timeout = '10s'; set local statement_timeout = 0; lock table ${names} in access share mode`,
    );
  } catch (error) {
    throw explainReading(error, place);
  }
}

/** Those of the chain's tables that are plain ones and may be read. */
async function lockable(session: Session, { schema, definition }: ChainPlace): Promise<readonly string[]> {
  const { table, head, rules } = definition;
  const tables = [table, ...(head ? [head.table] : []), ...(rules ? [prunedTable] : [])];
  const rows = await askCatalog(
    session,
    () => session.sql<{ name: string }[]>`
      select c.relname as name from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
       where n.nspname = ${schema} and c.relkind = 'r'
         and c.relname in (select pg_catalog.json_array_elements_text(${JSON.stringify(tables)}::pg_catalog.text::pg_catalog.json))
         and pg_catalog.has_schema_privilege(n.oid, 'USAGE') and pg_catalog.has_table_privilege(c.oid, 'SELECT')`,
  );
  return rows.map((row) => row.name);
}
