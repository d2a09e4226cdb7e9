import type { Standing, StandingFacts } from "../../backend.ts";
import type { FencePlan, JsonObject } from "../../drop.ts";
import { readDatabase } from "./database/save-database.ts";
import type { DatabaseNow } from "./database/save-database.ts";
import { nameOf } from "./fence.ts";
import type { Hold } from "./hold.ts";
import { readRole } from "./role/save-role.ts";
import { sameGrants } from "./roles.ts";
import { readSaved } from "./saved.ts";
import type { Saved, SavedDatabase, SavedRole, SavedSchema } from "./saved.ts";
import { findDatabaseOf, openDatabaseOf } from "./schema/open-database.ts";
import { readSchema } from "./schema/save-schema.ts";
import { findDropRecord } from "./wal/find-drop-record.ts";

type Part = Standing;

/** Looks every part up by its oid. */
export async function readStanding(hold: Hold, plan: FencePlan): Promise<StandingFacts> {
  const saved = readSaved(plan);
  const { session } = hold;
  const found: Part[] = [];
  const witness: Record<string, JsonObject | null> = {};
  if (saved.database !== null) {
    const now = await readDatabase(session, saved.database.oid);
    const standing = standingOfDatabase(now, saved.database, saved, nameOf(plan, "database"));
    found.push(standing);
    witness["database"] =
      now === null
        ? ((await findDropRecord(session, saved.database.oid)) ?? { catalog: "gone" })
        : { name: now.name, owner: now.owner.name, invalid: now.isInvalid };
  }
  if (saved.role !== null) {
    const now = await readRole(session, saved.role.oid);
    const standing = standingOfRole(now, saved.role, nameOf(plan, "role"));
    found.push(standing);
    witness["role"] = now === null ? { catalog: "gone" } : { name: now.name, login: now.canLogin };
  }
  if (saved.schema !== null) {
    const now = await readSchemaOf(hold, saved.schema);
    found.push(standingOfSchema(now, saved, nameOf(plan, "schema")));
    witness["schema"] = now === null ? { catalog: "gone" } : { name: now.name, owner: now.owner.name };
  }
  return { standing: combine(found), witness };
}

/** Of the parts, the main one first. What is gone beside a fence was destroyed by somebody: undo makes it again. */
export function combine(parts: readonly Part[]): Standing {
  if (parts.includes("half-destroyed")) return "half-destroyed";
  const there = parts.filter((part) => part !== "gone");
  const [first] = there;
  if (first === undefined) return "gone";
  if (parts[0] === "gone") return "half-destroyed";
  return there.every((part) => part === first) ? first : "fencing";
}

function standingOfDatabase(
  now: DatabaseNow | null,
  saved: SavedDatabase,
  { custody, fenceLimit }: Saved,
  fenceName: string,
): Part {
  if (now === null) return "gone";
  if (now.isInvalid) return "half-destroyed";
  const isTaken =
    now.owner.oid === custody.oid &&
    now.grants.every(({ grantee }) => grantee?.oid === custody.oid) &&
    now.connectionLimit === fenceLimit;
  const hasSlots = saved.slots.some(({ name }) => now.slots.some((slot) => slot.name === name));
  if (now.name === fenceName) return isTaken && now.allowsConnections && !hasSlots ? "fenced" : "fencing";
  const isAsBefore =
    now.owner.oid === saved.owner.oid &&
    sameGrants(now.grants, saved.grants) &&
    now.connectionLimit === saved.connectionLimit;
  // Who changes it meanwhile without our fence's name changes his own database.
  return isAsBefore || !isTaken ? "intact" : "fencing";
}

function standingOfRole(now: SavedRole | null, saved: SavedRole, fenceName: string): Part {
  if (now === null) return "gone";
  if (now.name === fenceName) return now.canLogin ? "fencing" : "fenced";
  return now.canLogin === saved.canLogin || now.name !== saved.name ? "intact" : "fencing";
}

function standingOfSchema(now: SavedSchema | null, { custody }: Saved, fenceName: string): Part {
  if (now === null) return "gone";
  const isTaken =
    now.owner.oid === custody.oid && now.grants.every(({ grantee }) => grantee?.oid === custody.oid);
  if (now.name === fenceName) return isTaken ? "fenced" : "fencing";
  return "intact";
}

export async function readSchemaOf(hold: Hold, saved: SavedSchema): Promise<SavedSchema | null> {
  if ((await findDatabaseOf(hold.session, saved)) === null) return null;
  await using session = await openDatabaseOf(hold, saved);
  return await readSchema(session, saved.oid);
}
