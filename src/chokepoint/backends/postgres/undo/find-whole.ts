import { readDatabase } from "../database/save-database.ts";
import type { Hold } from "../hold.ts";
import { undoNameOf } from "../own-names.ts";
import { readRole } from "../role/save-role.ts";
import type { Saved } from "../saved.ts";
import type { NewNames } from "./names.ts";

/** A restored database and its role by their oids, as the ledger keeps them. */
export function wholeOf(databaseOid: string, roleOid: string | null): string {
  return `${databaseOid}/${roleOid ?? ""}`;
}

/**
 * The names of what an earlier call restored, where it gave them: names come with everything else, in one transaction. Null where it
 * has none yet or is gone: it is restored anew.
 */
export async function findWhole(
  { session, dropId, server }: Pick<Hold, "session" | "dropId" | "server">,
  saved: Saved,
  whole: string | null,
): Promise<NewNames | null> {
  if (whole === null) return null;
  const [databaseOid = "", roleOid = ""] = whole.split("/");
  const database = await readDatabase(session, databaseOid);
  if (database === null || database.name === undoNameOf(dropId)) return null;
  // Renamed by a person, without its owner: not given back.
  const isUnfinished =
    database.owner.oid === server.role.oid && saved.database?.owner.oid !== server.role.oid;
  if (isUnfinished) return null;
  const role = roleOid === "" ? null : await readRole(session, roleOid);
  return { database: database.name, role: role?.name ?? null };
}
