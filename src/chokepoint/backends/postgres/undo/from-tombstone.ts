import { restoreTombstone } from "../../../../backup/tombstone/restore.ts";
import { OpsError } from "../../../../errors.ts";
import { quoteIdentifier } from "../../../../postgres/identifiers.ts";
import type { ProofFacts, TombstoneSource, Undone, UndoOptions } from "../../../backend.ts";
import type { FencePlan } from "../../../drop.ts";
import type { Hold } from "../hold.ts";
import { fenceNameOf, undoNameOf } from "../own-names.ts";
import { readSaved, readSecret } from "../saved.ts";
import type { Saved } from "../saved.ts";
import { recordedOf, toProofFacts } from "../tombstone/facts.ts";
import { asNames } from "./done.ts";
import { findWhole, wholeOf } from "./find-whole.ts";
import { giveBackItsSlots } from "./from-fence.ts";
import { giveBackAll } from "./give-back-all.ts";
import { makeMissingRoles, ownRole } from "./make-missing-roles.ts";
import { moveToTablespace } from "./move-to-tablespace.ts";
import { chooseNames, renamedRoleNote } from "./names.ts";
import type { NewNames } from "./names.ts";

/**
 * The role first, under the name that the dump knows it by; then the database, restored beside and compared; then all that no dump
 * holds, and the names, in one transaction. Throws `not-equal` where what came back is not what was dumped: then nothing is left of it.
 */
export async function undoFromTombstone(
  hold: Hold,
  plan: FencePlan,
  from: TombstoneSource,
  options: UndoOptions,
): Promise<Undone> {
  const { session, dropId } = hold;
  const saved = readSaved(plan);
  const earlier = await findWhole(hold, saved, options.whole ?? null);
  if (earlier !== null)
    return await finish(hold, saved, earlier, { isEqual: true, differences: [], seconds: 0 }, []);
  const fenceName = fenceNameOf(dropId);
  // Asked before hours of work, and again by the rename itself.
  await chooseNames(session, saved, options.as, { database: null, role: null });
  const role = saved.role === null ? null : await ownRole(hold, fenceName);
  const made = await makeMissingRoles(hold, from.folder, options.signal);
  const { oid, proof, notes } = await restore(hold, from, options);
  notes.push(...(await moveToTablespace(session, undoNameOf(dropId), saved.database?.tablespace ?? null)));
  const names = await chooseNames(session, saved, options.as, { database: oid, role });
  await options.onWhole?.(wholeOf(oid, role));
  const given = await giveBackAll(hold, {
    saved,
    secret: readSecret(plan),
    databaseOid: oid,
    roleOid: role,
    fenceName,
    names,
  });
  const all = [...made, ...notes, ...renamedRoleNote(saved, names), ...given];
  return await finish(hold, saved, names, proof, all);
}

interface Restored {
  readonly oid: string;
  readonly proof: ProofFacts;
  readonly notes: string[];
}

async function restore(
  hold: Hold,
  from: TombstoneSource,
  { progress, signal }: UndoOptions,
): Promise<Restored> {
  const { context, settings, applicationName, dropId } = hold;
  const database = undoNameOf(dropId);
  const notes: string[] = [];
  await dropUnnamed(hold, database);
  const restored = await restoreTombstone({
    folder: from.folder,
    ...recordedOf(from),
    settings,
    database,
    applicationName: applicationName.exact,
    env: context.env,
    pgBin: context.pgBin,
    jobs: context.jobs,
    asSuperuser: context.asSuperuser,
    signal,
    onProgress: progress,
    onLeftBehind: ({ what, reason }) => void notes.push(`${what} is left behind: ${reason}`),
  });
  const proof = toProofFacts(restored);
  if (proof.isEqual && restored.oid !== null)
    return { oid: String(restored.oid), proof, notes: [...notes, ...restored.notes] };
  await dropUnnamed(hold, database);
  throw new OpsError(
    "not-equal",
    `what the tombstone restores is not what was dropped: ${proof.differences.slice(0, 5).join("; ")}`,
    "check the tombstone against a copy of it; the archive in it can still be restored by hand",
  );
}

/** One that an earlier call restored, and that never got its name: whoever holds the drop is the only one who would have made it. */
async function dropUnnamed({ session, server }: Hold, name: string): Promise<void> {
  const [row] = await session.sql.unsafe<{ owner: string }[]>(
    "select datdba::text as owner from pg_catalog.pg_database where datname = $1",
    [name],
  );
  // One that belongs to a restoring role was never finished: restoring drops it, with that role.
  if (row?.owner === server.role.oid)
    await session.sql.unsafe(`drop database if exists ${quoteIdentifier(name)} with (force)`);
}

/** It has its names: what is left are the slots, which no transaction holds. */
async function finish(
  hold: Hold,
  saved: Saved,
  names: NewNames,
  proof: ProofFacts,
  notes: readonly string[],
): Promise<Undone> {
  const slots = await giveBackItsSlots(hold, saved.database, names.database);
  return { names: asNames(names), proof, notes: [...saved.notes, ...notes, ...slots] };
}
