import { quoteIdentifier } from "../../../../postgres/identifiers.ts";
import { TargetRefused } from "../../../target-refusal.ts";
import type { Hold } from "../hold.ts";
import { refusal } from "../refusal.ts";
import type { Saved, SavedSchema } from "../saved.ts";
import { inTransaction } from "../transaction.ts";
import { fenceSchema } from "./fence-schema.ts";
import { findDatabaseOf, openDatabaseOf } from "./open-database.ts";
import { dependentsOutside } from "./refuse-schema.ts";
import { readSchema } from "./save-schema.ts";

/** The real destruction, by its oid, of the schema and all that is in it; never of anything outside. */
export async function dropSchema(
  hold: Hold,
  saved: SavedSchema,
  facts: Pick<Saved, "custody">,
  fenceName: string,
): Promise<void> {
  if ((await findDatabaseOf(hold.session, saved)) === null) return;
  await using session = await openDatabaseOf(hold, saved);
  if ((await readSchema(session, saved.oid)) === null) return;
  await fenceSchema(hold, saved, facts, fenceName);
  await inTransaction(session, `dropping the schema ${saved.name}`, async () => {
    const now = await readSchema(session, saved.oid);
    if (now === null) return;
    const [outside] = await dependentsOutside(session, saved.oid);
    if (now.name !== fenceName || outside !== undefined)
      throw new TargetRefused(
        refusal("2BP01", `cannot drop schema ${saved.name} because other objects depend on it`, {
          hint: outside ?? `it is called ${now.name} by now`,
        }),
      );
    await session.sql.unsafe(`drop schema ${quoteIdentifier(fenceName)} cascade`);
  });
}
