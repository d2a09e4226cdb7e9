import { compareWithTombstone } from "../../../../backup/tombstone/compare.ts";
import { digestDatabase } from "../../../../backup/tombstone/digest-database.ts";
import { OpsError } from "../../../../errors.ts";
import type { FenceSource, ProofFacts, Undone, UndoOptions } from "../../../backend.ts";
import type { FencePlan } from "../../../drop.ts";
import { giveBackSlots } from "../database/drop-slots.ts";
import { readDatabase } from "../database/save-database.ts";
import type { Hold } from "../hold.ts";
import { fenceNameOf } from "../own-names.ts";
import { readRole } from "../role/save-role.ts";
import { readSaved, readSecret } from "../saved.ts";
import { readStanding } from "../standing.ts";
import { recordedOf, toProofFacts } from "../tombstone/facts.ts";
import { asNames } from "./done.ts";
import { giveBackAll } from "./give-back-all.ts";
import { chooseNames, renamedRoleNote } from "./names.ts";

/**
 * Gives everything back in one transaction, the names last, after what stands behind the fence was compared with its tombstone, where
 * there is one. A difference is told and keeps nobody from the thing itself: there is nothing truer to give back. A role that is gone
 * is made again. What was given back by an earlier call is passed over.
 */
export async function undoFromFence(
  hold: Hold,
  plan: FencePlan,
  from: FenceSource,
  options: UndoOptions,
): Promise<Undone> {
  const { session } = hold;
  const saved = readSaved(plan);
  const database = saved.database === null ? null : await readDatabase(session, saved.database.oid);
  if (saved.database !== null && database === null)
    throw new OpsError(
      "nothing-to-undo",
      `the database ${saved.database.name} is not behind its fence any more`,
      "undo it from its tombstone",
    );
  const role = saved.role === null ? null : await readRole(session, saved.role.oid);
  const own = { database: database?.oid ?? null, role: role?.oid ?? null };
  const { standing } = await readStanding(hold, plan);
  if (standing === "intact") {
    const names = { database: database?.name ?? null, role: role?.name ?? null };
    return { names: asNames(names), proof: null, notes: saved.notes };
  }
  const names = await chooseNames(session, saved, options.as, own);
  const proof =
    database === null ? null : await compareFence(hold, { database: database.name }, from, options);
  const notes = await giveBackAll(hold, {
    saved,
    secret: readSecret(plan),
    databaseOid: own.database,
    roleOid: own.role,
    fenceName: fenceNameOf(hold.dropId),
    names,
  });
  const slots = await giveBackItsSlots(hold, saved.database, names.database);
  return {
    names: asNames(names),
    proof,
    notes: [...saved.notes, ...toldOf(proof), ...renamedRoleNote(saved, names), ...notes, ...slots],
  };
}

/** A difference is told, and keeps nobody from the thing itself. */
export function toldOf(proof: ProofFacts | null): readonly string[] {
  return proof?.isEqual === false
    ? ["it differs from its tombstone: somebody wrote to it behind the fence"]
    : [];
}

/** What stands behind the fence, a database or a schema in one, with its tombstone; null where there is none. */
export async function compareFence(
  { context, settings, applicationName }: Hold,
  what: { readonly database: string; readonly schema?: string },
  { folder, fingerprint }: FenceSource,
  { progress, signal }: UndoOptions,
): Promise<ProofFacts | null> {
  const place = {
    settings,
    ...what,
    jobs: context.jobs,
    applicationName: applicationName.exact,
    signal,
    onProgress: progress,
  };
  if (folder !== null)
    return toProofFacts(await compareWithTombstone({ folder, ...place, ...recordedOf({ fingerprint }) }));
  if (fingerprint === undefined) return null;
  const started = performance.now();
  const isEqual = (await digestDatabase(place)) === fingerprint;
  const differences = isEqual ? [] : ["its fingerprint is another: decrypt the tombstone to see in what"];
  return { isEqual, differences, seconds: (performance.now() - started) / 1000 };
}

export async function giveBackItsSlots(
  hold: Hold,
  saved: ReturnType<typeof readSaved>["database"],
  name: string | null,
): Promise<readonly string[]> {
  if (saved === null || name === null || saved.slots.length === 0) return [];
  await using inside = await hold.openIn(name);
  return await giveBackSlots(inside, saved);
}
