import { createHash } from "node:crypto";
import { uncountedTypes } from "../statements/kinds-of-statements.ts";
import { qualifiedName } from "../../postgres/identifiers.ts";

/** The ledger's relations, quoted and with their schema, as statements name them. */
export interface Tables {
  readonly schema: string;
  readonly drops: string;
  readonly identities: string;
  readonly secrets: string;
  readonly instances: string;
  readonly events: string;
  /** What drops that moved are told on. */
  readonly channel: string;
}

export function tablesIn(schema: string): Tables {
  return {
    schema,
    drops: qualifiedName(schema, "custody_drops"),
    identities: qualifiedName(schema, "custody_drop_identities"),
    secrets: qualifiedName(schema, "custody_drop_secrets"),
    instances: qualifiedName(schema, "custody_instances"),
    events: qualifiedName(schema, "audit_events"),
    channel: `custody_drops_${lockKey(schema, "channel") >>> 0}`,
  };
}

/** Space of the session-level locks of instances (migration 000002 names it). */
export const instanceLocks = 1_129_464_644;
/** Space of the locks under which the drops of a target, and of a caller, are counted and identities compared. */
export const targetLocks = 1_129_464_645;

/** A name as the second half of an advisory lock's key. */
export function lockKey(schema: string, name: string): number {
  return createHash("sha256").update(`${schema}\0${name}`).digest().readInt32BE(0);
}

/** Whether the volume breaker counts the drop: of statements of sessions not all. */
export function isCounted(alias: string): string {
  return `(${alias}.statement is null or ${alias}.resource_type not in (${uncountedTypes.map((type) => `'${type}'`).join(", ")}))`;
}

/** Whether somebody alive holds the drop `d`. A lock that is gone with the server's last run says nothing: then the lease does. */
export function isHeld(tables: Tables): string {
  return `(d.owner is not null and d.lease_until > pg_catalog.clock_timestamp() and (
    exists (select from pg_catalog.pg_locks l
             where l.locktype = 'advisory' and l.granted and l.objsubid = 2 and l.classid::pg_catalog.int8 = ${instanceLocks}
               and l.objid::pg_catalog.int8 = d.owner
               and l.database = (select b.oid from pg_catalog.pg_database b where b.datname = pg_catalog.current_database()))
    or exists (select from ${tables.instances} i
                where i.id = d.owner and i.closed_at is null
                  and i.server_started_at <> pg_catalog.pg_postmaster_start_time())))`;
}
