import type { Session } from "../postgres/session.ts";
import { serverErrorOf } from "../postgres/explain-error.ts";
import type { ClusterIdentity } from "./note/identity.ts";

/** A server as checkpoints are judged by: which cluster, and how far a standby is. */
export interface ServerIdentity extends ClusterIdentity {
  /** Where a standby's replay was before the snapshot was taken, which shows at least this; null of a primary. */
  readonly replayedLsn: string | null;
}

/**
 * Where the replay of a standby is; null on a primary, and where it cannot be asked. Asked before a snapshot is taken, all up to
 * here is in it; not to be asked inside a transaction.
 */
export async function readReplayedLsn(session: Session): Promise<string | null> {
  try {
    const [row] = await session.sql<{ lsn: string | null }[]>`
      select case when pg_catalog.pg_is_in_recovery()
               then coalesce(pg_catalog.pg_last_wal_replay_lsn(), '0/0')::pg_catalog.text end as lsn`;
    return row?.lsn ?? null;
  } catch (error) {
    if (!isUnanswerable(error)) throw error;
    return null;
  }
}

/** The role may not ask (insufficient_privilege), or a server that only resembles PostgreSQL has no such log (feature_not_supported). */
function isUnanswerable(error: unknown): boolean {
  return ["42501", "0A000"].includes(serverErrorOf(error)?.sqlstate ?? "");
}

/**
 * Which cluster and database the session of a transaction is connected to, and where its log is: at or behind all that a snapshot
 * of this session shows. A promotion is seen at once, before the next checkpoint. Null when the role may not ask.
 */
export async function readClusterIdentity(session: Session): Promise<ClusterIdentity | null> {
  const { sql } = session;
  await sql.unsafe(`savepoint ${savepoint}`);
  try {
    const [row] = await sql<{ system: string; timeline: string; oid: string; lsn: string }[]>`
      select (select system_identifier::pg_catalog.text from pg_catalog.pg_control_system()) as system,
             case when pg_catalog.pg_is_in_recovery()
               then (select greatest(c.timeline_id, r.min_recovery_end_timeline)::pg_catalog.text
                       from pg_catalog.pg_control_checkpoint() c, pg_catalog.pg_control_recovery() r)
               else ('x' || pg_catalog.substr(pg_catalog.pg_walfile_name(pg_catalog.pg_current_wal_insert_lsn()), 1, 8))::pg_catalog.bit(32)::pg_catalog.int8::pg_catalog.text
             end as timeline,
             (select d.oid::pg_catalog.text from pg_catalog.pg_database d
               where d.datname = pg_catalog.current_database()) as oid,
             coalesce(case when pg_catalog.pg_is_in_recovery() then pg_catalog.pg_last_wal_replay_lsn()
                           else pg_catalog.pg_current_wal_insert_lsn() end, '0/0')::pg_catalog.text as lsn`;
    return row === undefined
      ? null
      : {
          systemIdentifier: row.system,
          timeline: Number(row.timeline),
          databaseOid: row.oid,
          lsn: row.lsn,
        };
  } catch (error) {
    if (!isUnanswerable(error)) throw error;
    await sql.unsafe(`rollback to savepoint ${savepoint}`);
    return null;
  } finally {
    await sql.unsafe(`release savepoint ${savepoint}`).catch(() => undefined);
  }
}

const savepoint = "custody_cluster_identity";
