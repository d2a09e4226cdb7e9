import { OpsError } from "../../../../errors.ts";
import { explainServerError } from "../../../../postgres/connect.ts";
import type { Session } from "../../../../postgres/connect.ts";
import type { Hold } from "../hold.ts";
import type { SavedSchema } from "../saved.ts";

/** A session in the database that a schema is in, whatever that is called now. Throws `unreachable` where it is gone. */
export async function openDatabaseOf(hold: Hold, schema: Pick<SavedSchema, "database">): Promise<Session> {
  const name = await findDatabaseOf(hold.session, schema);
  if (name !== null) {
    const session = await hold.openIn(name);
    const [row] = await session.sql.unsafe<{ oid: string }[]>(
      "select oid::text as oid from pg_catalog.pg_database where datname = pg_catalog.current_database()",
    );
    if (row?.oid === schema.database.oid) return session;
    await session[Symbol.asyncDispose]();
  }
  throw databaseGone(schema);
}

/** Throws `unreachable` where it is gone. */
export async function requireDatabaseOf(hold: Hold, schema: Pick<SavedSchema, "database">): Promise<string> {
  const name = await findDatabaseOf(hold.session, schema);
  if (name === null) throw databaseGone(schema);
  return name;
}

function databaseGone({ database }: Pick<SavedSchema, "database">): OpsError {
  return new OpsError(
    "unreachable",
    `the database ${database.name} that the schema was in is gone`,
    "what its tombstone holds can be restored into another database by hand",
  );
}

/** What the database is called now; null: it is gone. */
export async function findDatabaseOf(
  session: Session,
  { database }: Pick<SavedSchema, "database">,
): Promise<string | null> {
  const [row] = await session.sql
    .unsafe<{ name: string }[]>(
      "select datname::text as name from pg_catalog.pg_database where oid = $1::pg_catalog.oid",
      [database.oid],
    )
    .catch((error: unknown) =>
      Promise.reject(explainServerError(error, "looking for the schema's database")),
    );
  return row?.name ?? null;
}
