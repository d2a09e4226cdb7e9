import type { Session } from "../../../../postgres/connect.ts";
import { quoteIdentifier } from "../../../../postgres/identifiers.ts";
import { TargetRefused } from "../../../target-refusal.ts";
import { revokeAll } from "../give-back-grants.ts";
import { refusal } from "../refusal.ts";
import { findRoles } from "../roles.ts";
import type { Saved, SavedDatabase } from "../saved.ts";
import { readDatabase } from "./save-database.ts";
import type { DatabaseNow } from "./save-database.ts";

/**
 * Renames the database and takes it from everybody, in the transaction that is open. `rename` runs the one statement that waits for
 * sessions. What is fenced already is passed over.
 */
export async function fenceDatabase(
  session: Session,
  saved: SavedDatabase,
  fence: Pick<Saved, "custody" | "fenceLimit"> & { readonly name: string },
  rename: (statement: string) => Promise<unknown>,
): Promise<void> {
  const before = await requireThere(session, saved, fence.name);
  const name = quoteIdentifier(fence.name);
  if (before.name !== fence.name)
    await rename(`alter database ${quoteIdentifier(before.name)} rename to ${name}`);
  // The name may have become another's between the look and the rename; who was renamed is what counts.
  const renamed = await requireThere(session, saved, fence.name);
  if (renamed.name !== fence.name) throw wasSwapped(saved);
  if (renamed.owner.oid !== fence.custody.oid)
    await session.sql.unsafe(`alter database ${name} owner to ${quoteIdentifier(fence.custody.name)}`);
  await takeFromAll(session, await requireThere(session, saved, fence.name), fence);
}

async function takeFromAll(
  session: Session,
  now: DatabaseNow,
  { custody, fenceLimit }: Pick<Saved, "custody" | "fenceLimit">,
): Promise<void> {
  const roles = await findRoles(session);
  const others = now.grants.flatMap(({ grantee }) =>
    grantee?.oid === custody.oid ? [] : [grantee === null ? null : roles.quoted(grantee)],
  );
  const name = quoteIdentifier(now.name);
  await revokeAll(session, `database ${name}`, [...new Set(others)]);
  if (now.connectionLimit !== fenceLimit)
    await session.sql.unsafe(`alter database ${name} connection limit ${fenceLimit}`);
  // A database that takes no connections cannot be dumped.
  if (!now.allowsConnections) await session.sql.unsafe(`alter database ${name} allow_connections true`);
}

/** Throws `TargetRefused` where it is gone, or is called neither what it was nor what its fence is. */
async function requireThere(session: Session, saved: SavedDatabase, fenceName: string): Promise<DatabaseNow> {
  const now = await readDatabase(session, saved.oid);
  if (now === null) throw new TargetRefused(refusal("3D000", `database "${saved.name}" does not exist`));
  if (now.name === saved.name || now.name === fenceName) return now;
  throw new TargetRefused(
    refusal("3D000", `database "${saved.name}" is called "${now.name}" by now`, {
      hint: "somebody renamed it after it was decided on: ask anew",
    }),
  );
}

export function wasSwapped(saved: { readonly name: string }): TargetRefused {
  return new TargetRefused(
    refusal("55006", `"${saved.name}" is another one by now`, {
      hint: "somebody renamed what was asked for: ask anew",
      isPassing: true,
    }),
  );
}
