import { OpsError } from "../../../../errors.ts";
import type { Session } from "../../../../postgres/connect.ts";
import type { FenceSource, ProofFacts, Undone, UndoOptions } from "../../../backend.ts";
import type { FencePlan } from "../../../drop.ts";
import { finalName } from "../final-name.ts";
import { nameOf } from "../fence.ts";
import type { Hold } from "../hold.ts";
import { readSaved } from "../saved.ts";
import { giveBackSchema } from "../schema/give-back-schema.ts";
import { openDatabaseOf } from "../schema/open-database.ts";
import { readSchema } from "../schema/save-schema.ts";
import { inTransaction } from "../transaction.ts";
import { compareFence, toldOf } from "./from-fence.ts";
import { isTaken, nameInUse } from "./names.ts";

/** Gives a fenced schema back in one transaction of its database, its name last. What was given back already is passed over. */
export async function undoSchemaFromFence(
  hold: Hold,
  plan: FencePlan,
  from: FenceSource,
  options: UndoOptions,
): Promise<Undone> {
  const saved = readSaved(plan);
  const { schema } = saved;
  if (schema === null) throw new Error("an undo of a schema without a schema");
  await using session = await openDatabaseOf(hold, schema);
  const wanted = options.as === null ? schema.name : finalName(options.as);
  const proof = await compareBehind(
    hold,
    session,
    { oid: schema.oid, fenceName: nameOf(plan, "schema") },
    from,
    options,
  );
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
    proof,
    notes: [...saved.notes, ...toldOf(proof), ...notes],
  };
}

/** Null where it has its name back already: others may have written since. */
async function compareBehind(
  hold: Hold,
  session: Session,
  { oid, fenceName }: { readonly oid: string; readonly fenceName: string },
  from: FenceSource,
  options: UndoOptions,
): Promise<ProofFacts | null> {
  const now = await readSchema(session, oid);
  if (now?.name !== fenceName) return null;
  const { database } = session.settings;
  return await compareFence(hold, { database, schema: fenceName }, from, options);
}
