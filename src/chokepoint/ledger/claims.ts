import type { Session } from "../../postgres/session.ts";
import type { Claim } from "../ports.ts";
import type { Tables } from "./tables.ts";

interface Kept {
  readonly dropId: string;
  readonly epoch: number;
  readonly lost: AbortController;
  /** When the lease was last known to be ours, by the clock of `performance`. */
  renewedAt: number;
}

/** The leases of what this instance has claimed. */
export interface Claims {
  /** Disposing of it gives the drop back. */
  keep(dropId: string, epoch: number): Claim;
  /** Renews them all; those that are somebody else's by now are lost. */
  renew(session: Session, instance: number): Promise<void>;
  /** Those whose lease is over before it could be renewed are lost. Called more often than leases end. */
  expire(): void;
}

/** Of a lease: what is left of it belongs to the clocks, and to whoever must still be stopped. */
const safeShare = 0.8;

/** `giveBack` is not awaited: where it fails the lease ends by itself. */
export function createClaims(
  tables: Tables,
  leaseMs: number,
  giveBack: (dropId: string, epoch: number) => Promise<void>,
): Claims {
  const all = new Set<Kept>();

  function lose(each: Kept): void {
    all.delete(each);
    each.lost.abort();
  }

  return {
    keep(dropId, epoch) {
      const kept: Kept = { dropId, epoch, lost: new AbortController(), renewedAt: performance.now() };
      all.add(kept);
      return {
        lost: kept.lost.signal,
        [Symbol.dispose]() {
          const isOurs = all.delete(kept);
          const isKeptOn = [...all].some((each) => each.dropId === dropId && each.epoch === epoch);
          if (isOurs && !isKeptOn) void giveBack(dropId, epoch).catch(() => undefined);
        },
      };
    },
    async renew(session, instance) {
      const asked = [...all];
      const at = performance.now();
      const rows = await session.sql.unsafe<{ drop_id: string; epoch: number }[]>(
        `update ${tables.drops} d
            set lease_until = pg_catalog.clock_timestamp() + $2::pg_catalog.text::pg_catalog.float8 * interval '1 millisecond'
           from pg_catalog.json_to_recordset($1::pg_catalog.text::pg_catalog.json) as k (drop_id pg_catalog.text, epoch pg_catalog.int4)
          where d.drop_id = k.drop_id and d.epoch = k.epoch and d.owner = $3::pg_catalog.text::pg_catalog.int4
      returning d.drop_id, d.epoch`,
        [
          JSON.stringify(asked.map((each) => ({ drop_id: each.dropId, epoch: each.epoch }))),
          String(leaseMs),
          String(instance),
        ],
        { prepare: true },
      );
      const renewed = new Set(rows.map((row) => `${row.epoch} ${row.drop_id}`));
      for (const each of asked) {
        if (renewed.has(`${each.epoch} ${each.dropId}`)) each.renewedAt = at;
        else if (all.has(each)) lose(each);
      }
    },
    expire() {
      for (const each of all) {
        if (performance.now() - each.renewedAt > leaseMs * safeShare) lose(each);
      }
    },
  };
}

/** A drop that was released, or that another holds by now, is left alone. */
export function giveBackStatement(tables: Tables): string {
  return `update ${tables.drops} d set owner = null, lease_until = null
    where d.drop_id = $1 and d.epoch = $2::pg_catalog.text::pg_catalog.int4 and d.owner = $3::pg_catalog.text::pg_catalog.int4`;
}
