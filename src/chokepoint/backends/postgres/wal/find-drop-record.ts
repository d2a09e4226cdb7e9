import type { Session } from "../../../../postgres/connect.ts";
import type { JsonObject } from "../../../drop.ts";
import { readDropRecords } from "./read-drop-records.ts";

/** What the WAL says of the destruction of one database, where it may be read and still is there. */
export async function findDropRecord(session: Session, oid: string): Promise<JsonObject | null> {
  const { records } = await readDropRecords(session);
  const record = records.findLast((each) => each.oid === oid);
  if (record === undefined) return null;
  return { wal: record.lsn, dropped_at: record.at?.toISOString() ?? null };
}
