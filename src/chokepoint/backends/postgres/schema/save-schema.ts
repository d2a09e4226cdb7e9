import { explainServerError } from "../../../../postgres/connect.ts";
import type { Session } from "../../../../postgres/connect.ts";
import { grantsJson, roleJson } from "../roles.ts";
import { savedSchema } from "../saved.ts";
import type { SavedSchema } from "../saved.ts";

/** Asked in the schema's own database. Null: there is no schema of that oid. */
export async function readSchema(session: Session, oid: string): Promise<SavedSchema | null> {
  const [found] = await session.sql
    .unsafe(query, [oid])
    .catch((error: unknown) => Promise.reject(explainServerError(error, "reading what the schema is")));
  return found === undefined ? null : savedSchema.parse(found["facts"]);
}

/** A schema's oid is unique in its database alone: both together are its identity. */
export function schemaId(database: string, schema: string): string {
  return `${database}/${schema}`;
}

/** The oids of the database and of the schema. Throws where it is no such identity: a bug. */
export function splitSchemaId(id: string): { readonly database: string; readonly schema: string } {
  const [database, schema] = id.split("/");
  if (database === undefined || schema === undefined) throw new Error(`no identity of a schema: ${id}`);
  return { database, schema };
}

const query = `
select pg_catalog.json_build_object('oid', n.oid::text, 'name', n.nspname::text,
  'database', pg_catalog.json_build_object('oid', d.oid::text, 'name', d.datname::text),
  'owner', ${roleJson("n.nspowner")}, 'grants', ${grantsJson("n.nspacl", "n", "n.nspowner")},
  'comment', pg_catalog.obj_description(n.oid, 'pg_namespace')) as facts
from pg_catalog.pg_namespace n join pg_catalog.pg_database d on d.datname = pg_catalog.current_database()
where n.oid = $1::pg_catalog.oid`;
