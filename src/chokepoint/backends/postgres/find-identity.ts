import { explainServerError } from "../../../postgres/connect.ts";
import type { Session } from "../../../postgres/connect.ts";
import type { FoundPart } from "../../drop.ts";
import type { Resource } from "../../resource.ts";
import { schemaId } from "./schema/save-schema.ts";

/** What bears the names now: database and role, where they are there. */
export async function findParts(session: Session, { names }: Resource): Promise<readonly FoundPart[]> {
  const rows = await session.sql
    .unsafe<{ part: "database" | "role"; name: string; id: string }[]>(
      `select 'database' as part, datname::text as name, oid::text as id from pg_catalog.pg_database where datname = $1
       union all select 'role', rolname::text, oid::text from pg_catalog.pg_roles where rolname = $2`,
      [names.database ?? null, names.role ?? null],
    )
    .catch((error: unknown) => Promise.reject(explainServerError(error, "looking for the resource")));
  return rows.map((row) => ({ ...row, sizeBytes: null }));
}

/** The schema of a database that is there; asked in that database. Null: it is not there. */
export async function findSchema(
  session: Session,
  databaseOid: string,
  name: string,
): Promise<FoundPart | null> {
  const [row] = await session.sql
    .unsafe<{ id: string }[]>("select oid::text as id from pg_catalog.pg_namespace where nspname = $1", [
      name,
    ])
    .catch((error: unknown) => Promise.reject(explainServerError(error, "looking for the schema")));
  return row === undefined
    ? null
    : { part: "schema", name, id: schemaId(databaseOid, row.id), sizeBytes: null };
}
