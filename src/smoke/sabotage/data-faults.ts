import type { TableContent } from "../../backup/fingerprint.ts";
import { quoteIdentifier, quoteLiteral } from "../../postgres/identifiers.ts";
import type { Saboteur } from "../ports.ts";
import { sqlNameOf } from "./sql-name.ts";

export const dataFaults = ["row-deleted", "row-changed", "text-swapped"] as const;
export type DataFault = (typeof dataFaults)[number];

/** How a value of a type is changed, by the least that counts first: infinity, NaN and 1e300 do not grow. Types that are not here are left alone. */
const changes: Readonly<Record<string, readonly ((column: string) => string)[]>> = {
  text: [(column) => `${column} || '~'`],
  varchar: [(column) => `left(${column}, -1) || '~'`, () => `'~'`, () => `''`],
  int2: [(column) => `${column} # 1::int2`],
  int4: [(column) => `${column} # 1`],
  int8: [(column) => `${column} # 1::int8`],
  numeric: [(column) => `${column} + 1`, () => "0", () => "1"],
  float8: [(column) => `${column} + 1`, () => "0", () => "1"],
  bool: [(column) => `NOT ${column}`],
  timestamptz: [
    (column) => `${column} + interval '1 microsecond'`,
    (column) => `${column} + interval '1 second'`,
    () => "'epoch'",
  ],
  timestamp: [
    (column) => `${column} + interval '1 microsecond'`,
    (column) => `${column} + interval '1 second'`,
    () => "'epoch'",
  ],
  date: [(column) => `${column} + 1`, () => "'epoch'"],
  bytea: [(column) => `${column} || '\\x7e'::bytea`],
  jsonb: [() => `'{"custody": "sabotage"}'::jsonb`, () => "'{}'::jsonb"],
};

interface Column {
  readonly name: string;
  readonly type: string;
  /** With its length, precision or scale, which may round a change away. */
  readonly exactType: string;
  readonly isKey: boolean;
  readonly isIdentity: boolean;
}

/**
 * Statements that plant the fault in a table, best first; none where the table has nothing to plant it in. The table's own
 * triggers are switched off first: a fault on a disk asks no trigger.
 */
export async function planDataFault(
  saboteur: Saboteur,
  fault: DataFault,
  table: TableContent,
): Promise<readonly (readonly string[])[]> {
  const name = sqlNameOf(table.table);
  const off = `ALTER TABLE ${name} DISABLE TRIGGER USER`;
  const variants = (statements: readonly string[]) => statements.flatMap((statement) => [[off, statement]]);
  if (fault === "row-deleted")
    return variants([`DELETE FROM ONLY ${name} WHERE ctid = (SELECT max(ctid) FROM ONLY ${name})`]);
  const all = await readColumns(saboteur, table);
  const columns = all.filter(({ isIdentity }) => !isIdentity);
  if (fault === "row-changed") return variants(columns.flatMap((column) => changeOne(name, column)));
  if (table.rows < 2) return [];
  return variants(
    columns
      .filter((column) => !column.isKey && ["text", "varchar"].includes(column.type))
      .flatMap((column) => {
        const others = all.filter((each) => each !== column);
        return others.length === 0 ? [] : [swap(name, column, others)];
      }),
  );
}

/** Changes one value, of a row in which the change is one. */
function changeOne(table: string, column: Column): string[] {
  const quoted = quoteIdentifier(column.name);
  return (changes[column.type] ?? []).map((change) => {
    const changed = `CAST(${change(quoted)} AS ${column.exactType})`;
    const one = `SELECT max(ctid) FROM ONLY ${table} WHERE ${quoted}::text <> ${changed}::text`;
    return `UPDATE ONLY ${table} SET ${quoted} = ${changed} WHERE ctid = (${one})`;
  });
}

/** Two texts that differ are looked for among so many rows: a table may be large, and all its texts equal. */
const rowsSearched = 200;

/**
 * Gives each of two rows the other's text: counts, sums and every single value survive it. The rows differ in something else too,
 * or they would only have changed places.
 */
function swap(table: string, column: Column, others: readonly Column[]): string {
  const c = quoteIdentifier(column.name);
  const rest = `concat_ws('|', ${others.map(({ name }) => `quote_nullable(${quoteIdentifier(name)}::text)`).join(", ")})`;
  return `WITH sample AS (SELECT ctid AS place, ${c} AS value, ${rest} AS rest FROM ONLY ${table} WHERE ${c} IS NOT NULL LIMIT ${rowsSearched}),
      pair AS (SELECT a.place AS first, b.place AS second, a.value AS first_value, b.value AS second_value
        FROM sample a, sample b WHERE a.value <> b.value AND a.rest <> b.rest LIMIT 1)
    UPDATE ONLY ${table} t SET ${c} = CASE t.ctid WHEN first THEN second_value ELSE first_value END
    FROM pair WHERE t.ctid IN (first, second)`;
}

async function readColumns(saboteur: Saboteur, table: TableContent): Promise<readonly Column[]> {
  const rows = await saboteur.query(`
    SELECT a.attname AS name, t.typname AS type, format_type(a.atttypid, a.atttypmod) AS exact_type,
      EXISTS (SELECT FROM pg_index i WHERE i.indrelid = a.attrelid AND i.indisunique AND a.attnum = ANY (i.indkey)) AS is_key, a.attidentity <> '' AS is_identity
    FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
    WHERE a.attrelid = ${quoteLiteral(sqlNameOf(table.table))}::regclass AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
    ORDER BY is_key, a.attnum DESC`);
  return rows.map((row) => ({
    name: String(row["name"]),
    type: String(row["type"]),
    exactType: String(row["exact_type"]),
    isKey: row["is_key"] === true,
    isIdentity: row["is_identity"] === true,
  }));
}
