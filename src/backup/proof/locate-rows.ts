import { describeLocation, locateDifference } from "../compare/locate-difference.ts";
import { readKey } from "../compare/read-key.ts";
import { listTables } from "../list-tables.ts";
import { copyStatement } from "../read-contents.ts";
import type { Session } from "../../postgres/connect.ts";
import { copyOut } from "../../postgres/copy-text.ts";
import type { ArchivedRows } from "./readings.ts";

const limit = 5;

/** The rows in which a restored table differs from the archive's: keys and digests, never values. null: it cannot be read any more. */
export async function locateRows(
  session: Session,
  identity: string,
  rows: ArchivedRows,
  { encoding, signal }: { readonly encoding: string; readonly signal: AbortSignal },
): Promise<string | null> {
  const { tables } = await listTables(session);
  const table = tables.find((each) => each.table === identity);
  if (table === undefined) return null;
  const key = await readKey(session, table);
  await session.sql.unsafe("SELECT pg_catalog.set_config('client_encoding', $1, false)", [encoding]);
  const location = await locateDifference({
    before: () => rows(table),
    after: () => copyOut(session, copyStatement(table), signal),
    key,
    limit,
    signal,
  });
  // Other than as a multiset of rows they do not differ: there is none to name.
  if (location.count === 0) return null;
  return describeLocation(
    location,
    key.map((position) => table.columns[position] ?? ""),
  );
}
