import { tryStatement } from "../../../../backup/restore/run-statement.ts";
import type { Session } from "../../../../postgres/connect.ts";
import { quoteIdentifier } from "../../../../postgres/identifiers.ts";

/** A restored database lies in the server's default tablespace. Returns what kept it there, for people. */
export async function moveToTablespace(
  session: Session,
  database: string,
  tablespace: string | null,
): Promise<readonly string[]> {
  const [row] = await session.sql.unsafe<{ tablespace: string }[]>(
    `select t.spcname::text as tablespace from pg_catalog.pg_database d join pg_catalog.pg_tablespace t on t.oid = d.dattablespace
      where d.datname = $1`,
    [database],
  );
  if (tablespace === null || row === undefined || row.tablespace === tablespace) return [];
  const failure = await tryStatement(
    session,
    `alter database ${quoteIdentifier(database)} set tablespace ${quoteIdentifier(tablespace)}`,
  );
  return failure === null ? [] : [`it is not in the tablespace ${tablespace}: ${failure.message}`];
}
