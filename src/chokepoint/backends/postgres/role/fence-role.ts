import type { Session } from "../../../../postgres/connect.ts";
import { quoteIdentifier } from "../../../../postgres/identifiers.ts";
import { TargetRefused } from "../../../target-refusal.ts";
import { wasSwapped } from "../database/fence-database.ts";
import { refusal } from "../refusal.ts";
import type { SavedRole } from "../saved.ts";
import { readRole } from "./save-role.ts";

/**
 * Nobody logs in as the role any more, and its name is free; what it owns and what it was granted stays its own. In the transaction
 * that is open; what is fenced already is passed over.
 */
export async function fenceRole(session: Session, saved: SavedRole, fenceName: string): Promise<void> {
  const now = await requireRole(session, saved, fenceName);
  if (now.canLogin) await session.sql.unsafe(`alter role ${quoteIdentifier(now.name)} nologin`);
  if (now.name === fenceName) return;
  await session.sql.unsafe(`alter role ${quoteIdentifier(now.name)} rename to ${quoteIdentifier(fenceName)}`);
  const renamed = await requireRole(session, saved, fenceName);
  if (renamed.name !== fenceName || renamed.canLogin) throw wasSwapped(saved);
}

/** Throws `TargetRefused` where it is gone, or is called neither what it was nor what its fence is. */
async function requireRole(session: Session, saved: SavedRole, fenceName: string): Promise<SavedRole> {
  const now = await readRole(session, saved.oid);
  if (now === null) throw new TargetRefused(refusal("42704", `role "${saved.name}" does not exist`));
  if (now.name === saved.name || now.name === fenceName) return now;
  throw new TargetRefused(
    refusal("42704", `role "${saved.name}" is called "${now.name}" by now`, {
      hint: "somebody renamed it after it was decided on: ask anew",
    }),
  );
}
