import { connect, explainServerError } from "../../postgres/connect.ts";
import type { Session } from "../../postgres/connect.ts";
import type { ConnectionSettings } from "../../postgres/connection-settings.ts";
import { quoteIdentifier } from "../../postgres/identifiers.ts";
import { OpsError } from "../../errors.ts";

/** What this role may make on the target: a database where it can (the WAL remembers its drop), else a role. Throws `permission-denied`. */
export async function chooseCanary(
  settings: ConnectionSettings,
  signal: AbortSignal,
): Promise<"database" | "role"> {
  await using session = await connect(settings, { applicationName: "canary", signal });
  const [me] = await session.sql<{ databases: boolean; roles: boolean; name: string }[]>`
    select rolname as name, rolsuper or rolcreatedb as databases, rolsuper or rolcreaterole as roles
      from pg_catalog.pg_roles where rolname = current_user`;
  if (me?.databases === true) return "database";
  if (me?.roles === true) return "role";
  throw new OpsError(
    "permission-denied",
    `${me?.name ?? "the target's role"} may create neither a database nor a role: there is no canary without one`,
    "grant it CREATEDB, or leave reconcile.canary out",
  );
}

/** Its oid. A database is empty, and takes no connections but custody's. */
export async function makeCanary(
  settings: ConnectionSettings,
  { name, part }: { readonly name: string; readonly part: "database" | "role" },
  signal: AbortSignal,
): Promise<string> {
  await using session = await connect(settings, { applicationName: "canary", signal });
  const quoted = quoteIdentifier(name);
  try {
    await session.sql.unsafe(
      part === "database"
        ? `create database ${quoted} template template0 connection limit 0`
        : `create role ${quoted} nologin`,
    );
    const made = await findOid(session, { name, part });
    if (made === null)
      throw new OpsError("server-error", `the canary ${name} was made and is not there`, "try again");
    return made;
  } catch (error) {
    throw explainServerError(error, `making the canary ${name}`);
  }
}

/** The oid of a canary of which it is not known whether it was made: its name is random, and nobody else's. Null: it was not. */
export async function findCanary(
  settings: ConnectionSettings,
  canary: { readonly name: string; readonly part: "database" | "role" },
  signal: AbortSignal,
): Promise<string | null> {
  await using session = await connect(settings, { applicationName: "canary", signal });
  return await findOid(session, canary);
}

async function findOid(
  { sql }: Session,
  { name, part }: { readonly name: string; readonly part: "database" | "role" },
): Promise<string | null> {
  const [found] =
    part === "database"
      ? await sql<
          { id: string }[]
        >`select oid::text as id from pg_catalog.pg_database where datname = ${name}`
      : await sql<{ id: string }[]>`select oid::text as id from pg_catalog.pg_roles where rolname = ${name}`;
  return found?.id ?? null;
}
