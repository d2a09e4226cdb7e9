import { quoteIdentifier } from "../../../../postgres/identifiers.ts";
import { TargetRefused } from "../../../target-refusal.ts";
import { endSessions } from "../end-sessions.ts";
import type { Hold } from "../hold.ts";
import { refusal } from "../refusal.ts";
import type { SavedRole } from "../saved.ts";
import { inTransaction } from "../transaction.ts";
import { fenceRole } from "./fence-role.ts";
import { readRole } from "./save-role.ts";

/** The real destruction, by its oid. `DROP OWNED` is not used: what it owns elsewhere stands in its way, as the server says. */
export async function dropRole(
  { session, helper, pids }: Hold,
  saved: SavedRole,
  fenceName: string,
): Promise<void> {
  await inTransaction(session, `dropping the role ${saved.name}`, async () => {
    await session.sql.unsafe("set local lock_timeout = '5s'");
    if ((await readRole(session, saved.oid)) === null) return;
    await fenceRole(session, saved, fenceName);
    const now = await readRole(session, saved.oid);
    if (now?.name !== fenceName)
      throw new TargetRefused(refusal("42704", `role "${saved.name}" is not behind its fence`));
    await session.sql.unsafe(`drop role ${quoteIdentifier(fenceName)}`);
  });
  await endSessions(helper, { kind: "role", oid: saved.oid }, pids);
}
