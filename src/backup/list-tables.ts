import { OpsError } from "../errors.ts";
import { explainServerError } from "../postgres/connect.ts";
import type { Session } from "../postgres/connect.ts";
import { quoteIdentifier } from "../postgres/identifiers.ts";
import { identityOf } from "./fingerprint.ts";
import type { TableContent } from "./fingerprint.ts";

/** A table whose rows a dump holds, and how to read exactly those rows. */
export interface TableToRead {
  /** As in `TableContent`. */
  readonly table: string;
  readonly schema: string;
  readonly name: string;
  readonly columns: readonly string[];
  /** `WHERE …` of an extension's configuration table: the rows that the extension did not make itself. */
  readonly condition: string | null;
  /** Size on disk, for order and progress. */
  readonly bytes: number;
}

export interface TableList {
  readonly tables: readonly TableToRead[];
  /** Tables whose rows no dump holds, with the reason: `foreign table` … */
  readonly leftOut: readonly { readonly table: string; readonly reason: string }[];
}

interface Row {
  readonly schema: string;
  readonly name: string;
  readonly is_foreign: boolean;
  readonly is_unlogged: boolean;
  readonly is_standby: boolean;
  readonly columns: readonly string[];
  readonly condition: string | null;
  readonly bytes: string;
  readonly may_read: boolean;
  readonly has_row_security: boolean;
}

/**
 * The tables whose rows `pg_dump` would dump: plain tables and partitions, each by itself; of extensions only their
 * configuration tables. Throws `permission-denied`, naming every table that the session may not read whole.
 */
export async function listTables(session: Session): Promise<TableList> {
  const rows = await session.sql.unsafe<Row[]>(query).catch((error: unknown) => {
    throw explainServerError(error, "listing the tables");
  });
  const isLeftOut = (row: Row): boolean => row.is_foreign || (row.is_unlogged && row.is_standby);
  const own = rows.filter((row) => !isLeftOut(row));
  refuseUnreadable(own, session.settings.user);
  return {
    tables: own.map((row) => ({
      table: identityOf(row.schema, row.name),
      schema: row.schema,
      name: row.name,
      columns: row.columns,
      condition: row.condition,
      bytes: Number(row.bytes),
    })),
    leftOut: rows.filter(isLeftOut).map((row) => ({
      table: identityOf(row.schema, row.name),
      reason: row.is_foreign ? "foreign table" : "unlogged table on a standby",
    })),
  };
}

/**
 * The same tables, with their columns in the order in which they were read before: a restore may change the order (of
 * columns that a table inherits).
 */
export function inColumnOrderOf(
  tables: readonly TableToRead[],
  before: readonly Pick<TableContent, "table" | "columns">[],
): readonly TableToRead[] {
  const known = new Map(before.map((table) => [table.table, table.columns]));
  return tables.map((table) => {
    const columns = known.get(table.table);
    const isSameSet =
      columns?.length === table.columns.length && columns.every((column) => table.columns.includes(column));
    return isSameSet ? { ...table, columns } : table;
  });
}

function refuseUnreadable(rows: readonly Row[], role: string): void {
  const name = (row: Row): string => identityOf(row.schema, row.name);
  const denied = rows.filter((row) => !row.may_read).map(name);
  const hidden = rows.filter((row) => row.may_read && row.has_row_security).map(name);
  if (denied.length + hidden.length === 0) return;
  const parts = [
    ...(denied.length > 0 ? [`may not read ${listNames(denied)}`] : []),
    ...(hidden.length > 0 ? [`is kept from rows by row level security in ${listNames(hidden)}`] : []),
  ];
  const hints = [
    ...(denied.length > 0
      ? [`GRANT pg_read_all_data TO ${quoteIdentifier(role)} (or SELECT on each, USAGE on their schemas)`]
      : []),
    ...(hidden.length > 0 ? [`ALTER ROLE ${quoteIdentifier(role)} BYPASSRLS`] : []),
  ];
  throw new OpsError("permission-denied", `the role ${role} ${parts.join(", and ")}`, hints.join("; "));
}

const namesShown = 20;

function listNames(names: readonly string[]): string {
  const shown = names.slice(0, namesShown).join(", ");
  return names.length > namesShown ? `${shown} and ${names.length - namesShown} more` : shown;
}

const query = `
SELECT n.nspname AS schema, c.relname AS name, c.relkind = 'f' AS is_foreign, c.relpersistence = 'u' AS is_unlogged,
  pg_catalog.pg_is_in_recovery() AS is_standby, coalesce(a.columns, '[]') AS columns,
  nullif(e.extcondition[pg_catalog.array_position(e.extconfig, c.oid)], '') AS condition,
  CASE WHEN c.relkind = 'r' THEN pg_catalog.pg_relation_size(c.oid)
    + coalesce(pg_catalog.pg_relation_size(nullif(c.reltoastrelid, 0)), 0) ELSE 0 END AS bytes,
  pg_catalog.has_schema_privilege(n.oid, 'USAGE')
    AND (pg_catalog.has_table_privilege(c.oid, 'SELECT') OR a.may_read) AS may_read,
  c.relrowsecurity AND pg_catalog.row_security_active(c.oid) AS has_row_security
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_depend d
  ON d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.objsubid = 0 AND d.deptype = 'e'
LEFT JOIN pg_catalog.pg_extension e ON e.oid = d.refobjid
CROSS JOIN LATERAL (
  SELECT pg_catalog.json_agg(a.attname ORDER BY a.attnum) AS columns,
    pg_catalog.bool_and(pg_catalog.has_column_privilege(c.oid, a.attnum, 'SELECT')) AS may_read
  FROM pg_catalog.pg_attribute a
  WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
) a
WHERE c.relkind IN ('r', 'f') AND c.relpersistence <> 't'
  AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  AND (d.objid IS NULL OR c.oid = ANY (e.extconfig))
ORDER BY n.nspname, c.relname`;
