import type { Session } from "../../../../postgres/connect.ts";
import { quoteIdentifier } from "../../../../postgres/identifiers.ts";
import type { SavedRole } from "../saved.ts";
import { readRole } from "./save-role.ts";

/** Makes a role that is gone, under a name that nobody logs in by. In the transaction that is open. */
export async function makeRole(session: Session, name: string): Promise<SavedRole> {
  const quoted = quoteIdentifier(name);
  await session.sql.unsafe(`create role ${quoted} nologin`);
  // Who is no superuser gives things only to roles that he is a member of.
  const [me] = await session.sql.unsafe<{ member: boolean }[]>(
    "select pg_catalog.pg_has_role(current_user, $1, 'USAGE') as member",
    [name],
  );
  if (me?.member !== true) await session.sql.unsafe(`grant ${quoted} to current_user`);
  const [row] = await session.sql.unsafe<{ oid: string }[]>(
    "select oid::text as oid from pg_catalog.pg_roles where rolname = $1",
    [name],
  );
  const made = row === undefined ? null : await readRole(session, row.oid);
  if (made === null) throw new Error(`the role ${name} was made and is not there`);
  return made;
}
