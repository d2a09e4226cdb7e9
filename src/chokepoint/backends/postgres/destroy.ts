import { explainServerError } from "../../../postgres/connect.ts";
import type { StandingFacts } from "../../backend.ts";
import type { FencePlan } from "../../drop.ts";
import type { Permit } from "../../permit.ts";
import { dropDatabase } from "./database/drop-database.ts";
import { nameOf } from "./fence.ts";
import type { Hold } from "./hold.ts";
import { dropRole } from "./role/drop-role.ts";
import { readDatabase } from "./database/save-database.ts";
import { readRole } from "./role/save-role.ts";
import { readSaved } from "./saved.ts";
import type { Saved } from "./saved.ts";
import { dropSchema } from "./schema/drop-schema.ts";
import { readSchemaOf, readStanding } from "./standing.ts";

/**
 * Database, then role, each by its oid alone; what is gone is passed over. The role goes even where the database would not: a leaked role
 * is worse than a leaked database. A purge destroys what bears its fence's name and nothing else: an undo from the tombstone gave the
 * role its old name back, and a part that somebody renamed is somebody's. Throws the first failure after all was tried.
 */
export async function destroy(permit: Permit, hold: Hold, plan: FencePlan): Promise<StandingFacts> {
  const saved = readSaved(plan);
  const failures: unknown[] = [];
  const tryPart = async (
    part: "database" | "role" | "schema",
    drop: (fenceName: string) => Promise<void>,
  ): Promise<void> => {
    const fenceName = nameOf(plan, part);
    try {
      if (permit.event === "drop.purge_started" && !(await isBehind(hold, saved, part, fenceName))) return;
      await drop(fenceName);
    } catch (error) {
      failures.push(error);
    }
  };
  const { database, role, schema } = saved;
  if (database !== null)
    await tryPart("database", (name) => dropDatabase(hold, database, { ...saved, name }));
  if (role !== null) await tryPart("role", (name) => dropRole(hold, role, name));
  if (schema !== null) await tryPart("schema", (name) => dropSchema(hold, schema, saved, name));
  if (failures.length > 0) throw explainServerError(failures[0], "destroying");
  return await readStanding(hold, plan);
}

/** Whether the part has the name of its fence, or its destruction was begun. */
async function isBehind(
  hold: Hold,
  { database, role, schema }: Saved,
  part: "database" | "role" | "schema",
  fenceName: string,
): Promise<boolean> {
  switch (part) {
    case "database": {
      const now = database === null ? null : await readDatabase(hold.session, database.oid);
      return now?.isInvalid === true || now?.name === fenceName;
    }
    case "role":
      return role !== null && (await readRole(hold.session, role.oid))?.name === fenceName;
    case "schema":
      return schema !== null && (await readSchemaOf(hold, schema))?.name === fenceName;
  }
}
