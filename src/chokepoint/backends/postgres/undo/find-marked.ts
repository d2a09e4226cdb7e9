import type { Session } from "../../../../postgres/connect.ts";
import { undoMarkPrefix, undoNameOf } from "../own-names.ts";

/** A database that has come back, and its role's name. */
export interface Marked {
  readonly oid: string;
  readonly database: string;
  readonly role: string | null;
}

/** The database to which an earlier call of this very undo gave its name; only its old comment is missing. */
export async function findMarked(session: Session, dropId: string): Promise<Marked | null> {
  const prefix = undoMarkPrefix(dropId);
  const [row] = await session.sql.unsafe<{ oid: string; database: string; role: string | null }[]>(
    `select d.oid::text as oid, d.datname::text as database,
       (select r.rolname::text from pg_catalog.pg_roles r where r.oid::text = pg_catalog.substr(c.mark, $3::int)) as role
      from pg_catalog.pg_database d, pg_catalog.shobj_description(d.oid, 'pg_database') c (mark)
     where pg_catalog.starts_with(c.mark, $1) and d.datname <> $2`,
    [prefix, undoNameOf(dropId), prefix.length + 1],
  );
  return row === undefined ? null : { oid: row.oid, database: row.database, role: row.role };
}
