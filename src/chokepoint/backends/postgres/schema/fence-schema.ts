import type { Session } from "../../../../postgres/connect.ts";
import { quoteIdentifier } from "../../../../postgres/identifiers.ts";
import { TargetRefused } from "../../../target-refusal.ts";
import { wasSwapped } from "../database/fence-database.ts";
import { revokeAll } from "../give-back-grants.ts";
import type { Hold } from "../hold.ts";
import { openDatabaseOf } from "./open-database.ts";
import { refusal } from "../refusal.ts";
import { findRoles } from "../roles.ts";
import type { Saved, SavedSchema } from "../saved.ts";
import { inTransaction } from "../transaction.ts";
import { dependentsOutside } from "./refuse-schema.ts";
import { readSchema } from "./save-schema.ts";

/** Renames the schema and takes it from everybody, in one transaction of its database. What is fenced already is passed over. */
export async function fenceSchema(
  hold: Hold,
  saved: SavedSchema,
  { custody }: Pick<Saved, "custody">,
  fenceName: string,
): Promise<void> {
  await using session = await openDatabaseOf(hold, saved);
  await inTransaction(session, "fencing", async () => {
    await session.sql.unsafe("set local lock_timeout = '5s'");
    const before = await requireSchema(session, saved, fenceName);
    const name = quoteIdentifier(fenceName);
    if (before.name !== fenceName) {
      const [outside] = await dependentsOutside(session, saved.oid);
      if (outside !== undefined)
        throw new TargetRefused(
          refusal("2BP01", `cannot drop schema ${saved.name} because other objects depend on it`, {
            hint: outside,
          }),
        );
      await session.sql.unsafe(`alter schema ${quoteIdentifier(before.name)} rename to ${name}`);
    }
    const renamed = await requireSchema(session, saved, fenceName);
    if (renamed.name !== fenceName) throw wasSwapped(saved);
    if (renamed.owner.oid !== custody.oid)
      await session.sql.unsafe(`alter schema ${name} owner to ${quoteIdentifier(custody.name)}`);
    const { grants } = await requireSchema(session, saved, fenceName);
    const roles = await findRoles(session);
    const others = grants.flatMap(({ grantee }) =>
      grantee?.oid === custody.oid ? [] : [grantee === null ? null : roles.quoted(grantee)],
    );
    await revokeAll(session, `schema ${name}`, [...new Set(others)]);
  });
}

async function requireSchema(session: Session, saved: SavedSchema, fenceName: string): Promise<SavedSchema> {
  const now = await readSchema(session, saved.oid);
  if (now === null) throw new TargetRefused(refusal("3F000", `schema "${saved.name}" does not exist`));
  if (now.name === saved.name || now.name === fenceName) return now;
  throw new TargetRefused(
    refusal("3F000", `schema "${saved.name}" is called "${now.name}" by now`, {
      hint: "somebody renamed it after it was decided on: ask anew",
    }),
  );
}
