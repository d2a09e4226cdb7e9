import { OpsError } from "../../../../errors.ts";
import { quoteIdentifier } from "../../../../postgres/identifiers.ts";
import { giveBackDatabase } from "../database/give-back-database.ts";
import { readDatabase } from "../database/save-database.ts";
import type { Hold } from "../hold.ts";
import { giveBackRole } from "../role/give-back-role.ts";
import { makeRole } from "../role/make-role.ts";
import { readRole } from "../role/save-role.ts";
import { findRoles } from "../roles.ts";
import type { RoleNames } from "../roles.ts";
import type { Saved, SavedRole, Secret } from "../saved.ts";
import { inTransaction } from "../transaction.ts";
import { isTaken, nameInUse } from "./names.ts";
import type { NewNames } from "./names.ts";

export interface ToGiveBack {
  readonly saved: Saved;
  readonly secret: Secret | null;
  /** Which database gets everything: the fenced one, or one that was restored. */
  readonly databaseOid: string | null;
  /** The drop's role as it is; null: it is made under `fenceName`. */
  readonly roleOid: string | null;
  readonly fenceName: string;
  readonly names: NewNames;
}

/**
 * Gives everything back in one transaction, the names last: nobody sees half of it. Sessions in the database stand in the rename's way
 * (55006). Throws `name-in-use`, `TargetRefused`.
 */
export async function giveBackAll(hold: Hold, what: ToGiveBack): Promise<readonly string[]> {
  const { session } = hold;
  return await inTransaction(session, "giving back", async () => {
    await session.sql.unsafe("set local lock_timeout = '5s'");
    const role = await roleToGiveBack(hold, what);
    const roles = await findRoles(
      session,
      role === null || what.saved.role === null ? null : { saved: what.saved.role, now: role },
    );
    const notes = [...(await giveBackItsDatabase(hold, what, roles))];
    if (role !== null && what.saved.role !== null && what.names.role !== null) {
      const { saved, secret } = what;
      const given = {
        now: role,
        saved: what.saved.role,
        secret,
        name: what.names.role,
        database: saved.database,
      };
      notes.push(
        ...(await giveBackRole(session, given, roles).catch((error: unknown) => {
          throw isTaken(error) ? nameInUse("role", given.name) : error;
        })),
      );
    }
    await renameDatabase(hold, what);
    return notes;
  });
}

async function roleToGiveBack({ session }: Hold, what: ToGiveBack): Promise<SavedRole | null> {
  if (what.saved.role === null) return null;
  const there = what.roleOid === null ? null : await readRole(session, what.roleOid);
  return there ?? (await makeRole(session, what.fenceName));
}

async function giveBackItsDatabase(
  { session }: Hold,
  { saved, databaseOid }: ToGiveBack,
  roles: RoleNames,
): Promise<readonly string[]> {
  if (saved.database === null || databaseOid === null) return [];
  const now = await readDatabase(session, databaseOid);
  if (now === null)
    throw new OpsError(
      "nothing-to-undo",
      `the database that was to become ${saved.database.name} is gone`,
      "try again",
    );
  return await giveBackDatabase(session, now, saved.database, roles);
}

async function renameDatabase({ session }: Hold, { databaseOid, names }: ToGiveBack): Promise<void> {
  if (databaseOid === null || names.database === null) return;
  const now = await readDatabase(session, databaseOid);
  if (now === null || now.name === names.database) return;
  await session.sql
    .unsafe(`alter database ${quoteIdentifier(now.name)} rename to ${quoteIdentifier(names.database)}`)
    .catch((error: unknown) => {
      throw isTaken(error) ? nameInUse("database", names.database ?? "") : error;
    });
  const renamed = await readDatabase(session, databaseOid);
  if (renamed?.name !== names.database)
    throw new OpsError("server-error", "the database was renamed by somebody meanwhile", "try again");
}
