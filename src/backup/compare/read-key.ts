import { explainServerError } from "../../postgres/connect.ts";
import type { Session } from "../../postgres/connect.ts";
import { qualifiedName, quoteLiteral } from "../../postgres/identifiers.ts";
import type { TableToRead } from "../list-tables.ts";

/**
 * The positions, among the columns that COPY writes, of what tells a table's rows apart: its primary key, else the
 * narrowest unique index over columns that are NOT NULL. Empty when there is none.
 */
export async function readKey(session: Session, table: TableToRead): Promise<readonly number[]> {
  const rows = await session.sql
    .unsafe<{ columns: readonly string[] }[]>(query(qualifiedName(table.schema, table.name)))
    .catch((error: unknown) => {
      throw explainServerError(error, `looking for the key of ${table.table}`);
    });
  for (const { columns } of rows) {
    const positions = columns.map((column) => table.columns.indexOf(column));
    if (positions.every((position) => position >= 0)) return positions;
  }
  return [];
}

const query = (table: string): string => `
SELECT columns FROM (
  SELECT i.indisprimary, i.indnkeyatts,
    (SELECT pg_catalog.json_agg(a.attname ORDER BY k.at) FROM pg_catalog.unnest(i.indkey) WITH ORDINALITY k(attnum, at)
      JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum WHERE k.at <= i.indnkeyatts) AS columns,
    (SELECT pg_catalog.bool_and(a.attnotnull) FROM pg_catalog.unnest(i.indkey) WITH ORDINALITY k(attnum, at)
      JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum WHERE k.at <= i.indnkeyatts) AS is_complete
  FROM pg_catalog.pg_index i
  WHERE i.indrelid = ${quoteLiteral(table)}::pg_catalog.regclass AND i.indisunique AND i.indisvalid
    AND i.indpred IS NULL AND i.indexprs IS NULL
) keys WHERE is_complete ORDER BY indisprimary DESC, indnkeyatts`;
