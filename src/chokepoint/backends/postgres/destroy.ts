import { explainServerError } from "../../../postgres/connect.ts";
import type { StandingFacts } from "../../backend.ts";
import type { FencePlan } from "../../drop.ts";
import { dropDatabase } from "./database/drop-database.ts";
import { nameOf } from "./fence.ts";
import type { Hold } from "./hold.ts";
import { dropRole } from "./role/drop-role.ts";
import { readSaved } from "./saved.ts";
import { dropSchema } from "./schema/drop-schema.ts";
import { readStanding } from "./standing.ts";

/**
 * Database, then role, each by its oid alone; what is gone is passed over. The role goes even where the database would not: a leaked role
 * is worse than a leaked database. Throws the first failure after all was tried.
 */
export async function destroy(hold: Hold, plan: FencePlan): Promise<StandingFacts> {
  const saved = readSaved(plan);
  const failures: unknown[] = [];
  const tryPart = async (work: Promise<void>): Promise<void> => {
    await work.catch((error: unknown) => failures.push(error));
  };
  if (saved.database !== null)
    await tryPart(dropDatabase(hold, saved.database, { ...saved, name: nameOf(plan, "database") }));
  if (saved.role !== null) await tryPart(dropRole(hold, saved.role, nameOf(plan, "role")));
  if (saved.schema !== null) await tryPart(dropSchema(hold, saved.schema, saved, nameOf(plan, "schema")));
  if (failures.length > 0) throw explainServerError(failures[0], "destroying");
  return await readStanding(hold, plan);
}
