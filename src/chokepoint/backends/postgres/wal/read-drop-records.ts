import { serverErrorOf } from "../../../../postgres/explain-error.ts";
import type { Session } from "../../../../postgres/connect.ts";

/** A database that the WAL saw go. */
export interface DropRecord {
  readonly oid: string;
  readonly lsn: string;
  /** When its transaction was committed; null where that record is not there (yet). */
  readonly at: Date | null;
}

export interface DropRecords {
  /** Oldest first. */
  readonly records: readonly DropRecord[];
  /** Null: all of the WAL that is kept was read. */
  readonly blind: string | null;
}

/** The newest WAL that is looked at: the server reads it from disk for each look. */
const newestBytes = 256 * 2 ** 20;

/**
 * `Database DROP` records of the WAL that the server still has, by `pg_walinspect` (PostgreSQL 15 and later) where that is installed in
 * this database and may be used. Never throws for what the server does not let it see.
 */
export async function readDropRecords(session: Session): Promise<DropRecords> {
  if (session.major < 15) return blind("PostgreSQL 14 has no pg_walinspect: the WAL was not read");
  const [row] = await session.sql.unsafe<{ schema: string }[]>(
    `select pg_catalog.quote_ident(n.nspname) as schema from pg_catalog.pg_extension e
       join pg_catalog.pg_namespace n on n.oid = e.extnamespace where e.extname = 'pg_walinspect'`,
  );
  if (row === undefined)
    return blind("pg_walinspect is not installed in the target's database: the WAL was not read");
  try {
    const [reach] = await session.sql.unsafe<{ first: string; last: string; cut: boolean }[]>(bounds);
    if (reach === undefined) return blind("the server has no WAL to read");
    const rows = await session.sql.unsafe<{ oid: string; lsn: string; at: Date | null }[]>(
      recordsBetween(row.schema),
      [reach.first, reach.last],
    );
    return {
      records: rows.map(({ oid, lsn, at }) => ({ oid, lsn, at })),
      blind: reach.cut ? `only the newest ${newestBytes / 2 ** 20} MB of the WAL were read` : null,
    };
  } catch (error) {
    const failure = serverErrorOf(error);
    if (failure === undefined) throw error;
    return blind(`the WAL could not be read: ${failure.message}`);
  }
}

function blind(why: string): DropRecords {
  return { records: [], blind: why };
}

/** From the oldest segment file that is kept (its number is its name) to what is flushed; `pg_ls_waldir` takes pg_monitor. */
const bounds = `
with size as (select setting::pg_catalog.int8 as bytes from pg_catalog.pg_settings where name = 'wal_segment_size'),
kept as (select '0/0'::pg_catalog.pg_lsn + pg_catalog.min(
    ('x' || pg_catalog.substr(w.name, 9, 8))::pg_catalog.bit(32)::pg_catalog.int8 * 4294967296::pg_catalog.numeric
    + ('x' || pg_catalog.substr(w.name, 17, 8))::pg_catalog.bit(32)::pg_catalog.int8 * size.bytes) as first
  from pg_catalog.pg_ls_waldir() w, size
  where w.name ~ '^[0-9A-F]{24}$' and pg_catalog.substr(w.name, 1, 8) = pg_catalog.substr(pg_catalog.pg_walfile_name(pg_catalog.pg_current_wal_flush_lsn()), 1, 8)),
newest as (select pg_catalog.pg_current_wal_flush_lsn() as last,
  case when pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_current_wal_flush_lsn(), '0/0') > ${newestBytes}
    then pg_catalog.pg_current_wal_flush_lsn() - ${newestBytes}::pg_catalog.numeric else '0/0'::pg_catalog.pg_lsn end as first)
select greatest(kept.first, newest.first, '0/1000000'::pg_catalog.pg_lsn)::text as first, newest.last::text as last, newest.first > kept.first as cut
  from kept, newest where kept.first is not null`;

/** The description of a drop names each folder of the database, `dir 1663/16389`; that of a commit begins with its time. */
const recordsBetween = (schema: string): string => `
with seen as (
  select start_lsn, xid, resource_manager, record_type, description
    from ${schema}.pg_get_wal_records_info($1::pg_catalog.pg_lsn, $2::pg_catalog.pg_lsn)
   where resource_manager = 'Database' and record_type = 'DROP' or resource_manager = 'Transaction' and record_type = 'COMMIT')
select pg_catalog.substring(d.description, '/([0-9]+)') as oid, d.start_lsn::text as lsn,
  (select pg_catalog.substring(c.description, '[0-9]{4}-[0-9]{2}-[0-9]{2} [^;]*')::pg_catalog.timestamptz from seen c
    where c.resource_manager = 'Transaction' and c.xid = d.xid order by c.start_lsn limit 1) as at
  from seen d where d.resource_manager = 'Database' order by d.start_lsn`;
