import { openTombstoneArchive } from "../../../../backup/tombstone/open.ts";
import { planRestore } from "../../../../backup/restore/plan.ts";
import { quoteIdentifier } from "../../../../postgres/identifiers.ts";
import type { Hold } from "../hold.ts";
import { makeRole } from "../role/make-role.ts";
import { inTransaction } from "../transaction.ts";

/** The drop's role by its oid: behind its fence still, left by an earlier call, or made now, so that the dump finds its owner. */
export async function ownRole({ session }: Hold, fenceName: string): Promise<string> {
  const [row] = await session.sql.unsafe<{ oid: string }[]>(
    "select oid::text as oid from pg_catalog.pg_roles where rolname = $1",
    [fenceName],
  );
  if (row !== undefined) return row.oid;
  return (await inTransaction(session, "making the role again", () => makeRole(session, fenceName))).oid;
}

/** Other roles that the dump names and that are gone by now: made again, and nobody can log in as them. Says so. */
export async function makeMissingRoles(
  { session }: Hold,
  folder: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const archive = await openTombstoneArchive(folder, signal);
  if ("stage" in archive) return [];
  const wanted = (
    await planRestore(archive, { schemaOnly: false, inPlace: true, mayMakeGuard: true })
  ).roles.filter((role) => !isReserved(role));
  const rows = await session.sql.unsafe<{ name: string }[]>(
    "select rolname::text as name from pg_catalog.pg_roles",
  );
  const present = new Set(rows.map(({ name }) => name));
  const missing = wanted.filter((role) => !present.has(role));
  await inTransaction(session, "making roles again", async () => {
    for (const role of missing) await session.sql.unsafe(`create role ${quoteIdentifier(role)} nologin`);
  });
  return missing.map(
    (role) => `the role ${role} was gone, and is made again: without login, password and memberships`,
  );
}

function isReserved(role: string): boolean {
  return role.startsWith("pg_") || role === "public" || role === "none" || role === "";
}
