import type { FencePlan } from "../../drop.ts";
import { TargetRefused } from "../../target-refusal.ts";
import { fenceDatabase } from "./database/fence-database.ts";
import { dropSlots } from "./database/drop-slots.ts";
import { endAllSessions, whileEnding } from "./end-sessions.ts";
import type { Whose } from "./end-sessions.ts";
import type { Hold } from "./hold.ts";
import { fenceRole } from "./role/fence-role.ts";
import { readRole } from "./role/save-role.ts";
import { refuseRole } from "./role/refuse-role.ts";
import { readSaved } from "./saved.ts";
import type { Saved } from "./saved.ts";
import { fenceSchema } from "./schema/fence-schema.ts";
import { inTransaction } from "./transaction.ts";

const roleTimeoutMs = 10_000;

/**
 * Database and role in one transaction: all of it, or nothing and `TargetRefused`. RENAME takes a lock that keeps new sessions out, then
 * waits 5 s for those that are there; with force they are ended meanwhile. Slots go last: what they held cannot be given back.
 */
export async function fence(hold: Hold, plan: FencePlan, force: boolean): Promise<void> {
  const saved = readSaved(plan);
  if (saved.schema !== null) return await fenceSchema(hold, saved.schema, saved, nameOf(plan, "schema"));
  const { session, helper, pids } = hold;
  const whose = whoseSessions(saved);
  await inTransaction(session, "fencing", async () => {
    await session.sql.unsafe("set local lock_timeout = '5s'");
    if (saved.database !== null) {
      const place = { ...saved, name: nameOf(plan, "database") };
      await fenceDatabase(session, saved.database, place, (statement) =>
        force ? whileEnding(helper, whose, pids, run(hold, statement)) : run(hold, statement),
      );
    }
    if (saved.role !== null) await fenceItsRole(hold, saved, nameOf(plan, "role"), force);
  });
  if (force && saved.role !== null) {
    const limits = { timeoutMs: roleTimeoutMs, signal: hold.lost };
    await endAllSessions(helper, { kind: "role", oid: saved.role.oid }, pids, limits);
  }
  if (saved.database !== null) await dropSlots(session, saved.database);
}

function run({ session }: Hold, statement: string): Promise<unknown> {
  return session.sql.unsafe(statement).then(() => undefined);
}

async function fenceItsRole(hold: Hold, saved: Saved, fenceName: string, force: boolean): Promise<void> {
  const { session, server } = hold;
  if (saved.role === null) return;
  const now = await readRole(session, saved.role.oid);
  if (now !== null && now.name !== fenceName) {
    const options = { database: saved.database?.oid ?? null, force };
    const { refusals } = await refuseRole(session, server, saved.role.oid, options);
    const [first] = refusals;
    if (first !== undefined) throw new TargetRefused(first);
  }
  await fenceRole(session, saved.role, fenceName);
}

function whoseSessions({ database, role }: Saved): readonly Whose[] {
  return [
    ...(database === null ? [] : [{ kind: "database", oid: database.oid } as const]),
    ...(role === null ? [] : [{ kind: "role", oid: role.oid } as const]),
  ];
}

/** Throws where a plan saves a part that it has no fence for: a bug. */
export function nameOf(
  { fenceNames }: Pick<FencePlan, "fenceNames">,
  part: "database" | "role" | "schema",
): string {
  const name = fenceNames[part];
  if (name === undefined) throw new Error(`a plan without a fence for its ${part}`);
  return name;
}
