import { explainServerError } from "../../../../postgres/connect.ts";
import type { Session } from "../../../../postgres/connect.ts";
import type { SavedDatabase } from "../saved.ts";

/** Drops the inactive logical slots that are noted: each would keep WAL for the whole retention. Those that are gone are passed over. */
export async function dropSlots(session: Session, { oid, slots }: SavedDatabase): Promise<void> {
  for (const { name } of slots) {
    await session.sql
      .unsafe(
        `select pg_catalog.pg_drop_replication_slot(slot_name) from pg_catalog.pg_replication_slots
          where slot_name = $1 and datoid = $2::pg_catalog.oid`,
        [name, oid],
      )
      .catch((error: unknown) =>
        Promise.reject(explainServerError(error, `dropping the replication slot ${name}`)),
      );
  }
}

/** Makes them again where they stood in the restored database; from now on, since what they had kept is gone. */
export async function giveBackSlots(session: Session, { slots }: SavedDatabase): Promise<readonly string[]> {
  const notes: string[] = [];
  for (const { name, plugin, isTwoPhase, confirmedLsn } of slots) {
    try {
      const [made] = await session.sql.unsafe(
        `select pg_catalog.pg_create_logical_replication_slot($1, $2, false, $3)
          where not exists (select from pg_catalog.pg_replication_slots where slot_name = $1)`,
        [name, plugin, isTwoPhase],
      );
      if (made !== undefined)
        notes.push(
          `the replication slot ${name} starts anew: what it had not sent since ${confirmedLsn ?? "its start"} is gone`,
        );
    } catch (error) {
      notes.push(`the replication slot ${name} was not made again: ${String(error)}`);
    }
  }
  return notes;
}
