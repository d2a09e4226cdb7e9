import type { Session } from "../../postgres/connect.ts";

/**
 * Follows a pg_dump through the server's own account of its COPY commands (pg_stat_progress_copy). It knows those under way, so
 * those that have ended are kept in mind; what another role dumps it may not see.
 */
export function createDumpProgress(session: Session, total: () => number) {
  const copied = new Map<string, number>();
  return async (): Promise<{ readonly done: number; readonly total: number }> => {
    // Within a transaction the server shows what it knew when it was first asked.
    await session.sql.unsafe("SELECT pg_catalog.pg_stat_clear_snapshot()");
    const rows = await session.sql.unsafe<{ relation: string; bytes: string }[]>(query);
    for (const { relation, bytes } of rows) copied.set(relation, Number(bytes));
    const done = [...copied.values()].reduce((sum, bytes) => sum + bytes, 0);
    return { done: Math.min(done, total()), total: total() };
  };
}

const query = `
SELECT p.relid::text AS relation, coalesce(p.bytes_processed, 0)::text AS bytes
FROM pg_catalog.pg_stat_progress_copy p JOIN pg_catalog.pg_stat_activity a ON a.pid = p.pid
WHERE p.datname = pg_catalog.current_database() AND a.application_name = 'custody pg_dump'`;
