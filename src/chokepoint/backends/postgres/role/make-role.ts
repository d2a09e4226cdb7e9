import type { Session } from "../../../../postgres/connect.ts";
import { quoteIdentifier } from "../../../../postgres/identifiers.ts";
import type { SavedRole } from "../saved.ts";
import { readRole } from "./save-role.ts";

/** Makes a role that is gone, under a name that nobody logs in by. In the transaction that is open. */
export async function makeRole(session: Session, name: string): Promise<SavedRole> {
  const quoted = quoteIdentifier(name);
  await session.sql.unsafe(`create role ${quoted} nologin`);
  const [row] = await session.sql.unsafe<{ oid: string }[]>(
    "select oid::text as oid from pg_catalog.pg_roles where rolname = $1",
    [name],
  );
  const made = row === undefined ? null : await readRole(session, row.oid);
  if (made === null) throw new Error(`the role ${name} was made and is not there`);
  return made;
}
