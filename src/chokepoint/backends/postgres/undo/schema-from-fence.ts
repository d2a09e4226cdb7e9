import { OpsError } from "../../../../errors.ts";
import type { Undone } from "../../../backend.ts";
import type { FencePlan } from "../../../drop.ts";
import { finalName } from "../final-name.ts";
import { nameOf } from "../fence.ts";
import type { Hold } from "../hold.ts";
import { readSaved } from "../saved.ts";
import { giveBackSchema } from "../schema/give-back-schema.ts";
import { openDatabaseOf } from "../schema/open-database.ts";
import { readSchema } from "../schema/save-schema.ts";
import { inTransaction } from "../transaction.ts";
import { isTaken, nameInUse } from "./names.ts";

/** Gives a fenced schema back in one transaction of its database, its name last. What was given back already is passed over. */
export async function undoSchemaFromFence(
  hold: Hold,
  plan: FencePlan,
  options: { readonly as: string | null },
): Promise<Undone> {
  const saved = readSaved(plan);
  const { schema } = saved;
  if (schema === null) throw new Error("an undo of a schema without a schema");
  await using session = await openDatabaseOf(hold, schema);
  const wanted = options.as === null ? schema.name : finalName(options.as);
  const { name, notes } = await inTransaction(session, "giving the schema back", async () => {
    await session.sql.unsafe("set local lock_timeout = '5s'");
    const now = await readSchema(session, schema.oid);
    if (now === null)
      throw new OpsError(
        "nothing-to-undo",
        `the schema ${schema.name} is not behind its fence any more`,
        "undo it from its tombstone",
      );
    if (now.name !== nameOf(plan, "schema")) return { name: now.name, notes: [] };
    const given = await giveBackSchema(session, now, schema, wanted).catch((error: unknown) => {
      throw isTaken(error) ? nameInUse("schema", wanted) : error;
    });
    return { name: wanted, notes: given };
  });
  return {
    names: { database: schema.database.name, schema: name },
    proof: null,
    notes: [...saved.notes, ...notes],
  };
}
