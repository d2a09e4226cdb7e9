import { OpsError } from "../errors.ts";
import { explainServerError } from "../postgres/connect.ts";
import type { Session } from "../postgres/connect.ts";
import { qualifiedName, quoteIdentifier } from "../postgres/identifiers.ts";
import { identityOf } from "./fingerprint.ts";
import type { SequenceValue } from "./fingerprint.ts";

interface Row {
  readonly schema: string;
  readonly name: string;
  readonly may_read: boolean;
}

interface Value {
  readonly at: number;
  readonly last_value: string;
  readonly is_called: boolean;
}

/** Sequences read by one statement. */
const batch = 400;

/**
 * The values of all sequences that a dump holds. They are not MVCC: a snapshot does not hold them still. Throws
 * `permission-denied`, naming every sequence that the session may not read.
 */
export async function readSequences(session: Session): Promise<readonly SequenceValue[]> {
  try {
    const rows = await session.sql.unsafe<Row[]>(query);
    refuseUnreadable(rows, session.settings.user);
    const values: SequenceValue[] = [];
    for (let start = 0; start < rows.length; start += batch) {
      const part = rows.slice(start, start + batch);
      const selects = part.map(
        (row, at) => `SELECT ${at} AS at, last_value, is_called FROM ${qualifiedName(row.schema, row.name)}`,
      );
      const read = await session.sql.unsafe<Value[]>(selects.join(" UNION ALL "));
      const byPlace = new Map(read.map((value) => [value.at, value]));
      for (const [at, row] of part.entries()) {
        const value = byPlace.get(at);
        if (value === undefined) continue;
        const sequence = identityOf(row.schema, row.name);
        values.push({ sequence, lastValue: value.last_value, isCalled: value.is_called });
      }
    }
    return values;
  } catch (error) {
    throw error instanceof OpsError ? error : explainServerError(error, "reading the sequences");
  }
}

function refuseUnreadable(rows: readonly Row[], role: string): void {
  const denied = rows.filter((row) => !row.may_read).map((row) => identityOf(row.schema, row.name));
  if (denied.length === 0) return;
  throw new OpsError(
    "permission-denied",
    `the role ${role} may not read the sequences ${denied.slice(0, 20).join(", ")}${denied.length > 20 ? " …" : ""}`,
    `GRANT pg_read_all_data TO ${quoteIdentifier(role)}, or SELECT on each`,
  );
}

/** Of extensions only what they name as configuration; of a standby only what it can read. */
const query = `
SELECT n.nspname AS schema, c.relname AS name,
  pg_catalog.has_schema_privilege(n.oid, 'USAGE') AND pg_catalog.has_sequence_privilege(c.oid, 'SELECT') AS may_read
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_depend d
  ON d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.objsubid = 0 AND d.deptype = 'e'
LEFT JOIN pg_catalog.pg_extension e ON e.oid = d.refobjid
WHERE c.relkind = 'S' AND c.relpersistence <> 't' AND (d.objid IS NULL OR c.oid = ANY (e.extconfig))
  AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  AND NOT (c.relpersistence = 'u' AND pg_catalog.pg_is_in_recovery())
ORDER BY n.nspname, c.relname`;
