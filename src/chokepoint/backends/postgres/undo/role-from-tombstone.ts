import { OpsError } from "../../../../errors.ts";
import type { TombstoneSource, Undone, UndoOptions } from "../../../backend.ts";
import type { FencePlan } from "../../../drop.ts";
import { requireRecorded } from "../../../require-recorded.ts";
import type { Hold } from "../hold.ts";
import { fenceNameOf } from "../own-names.ts";
import { readRole } from "../role/save-role.ts";
import { readSaved, readSecret } from "../saved.ts";
import { readRoleTombstone } from "../tombstone/role-tombstone.ts";
import { asNames } from "./done.ts";
import { giveBackAll } from "./give-back-all.ts";
import { ownRole } from "./make-missing-roles.ts";
import { chooseNames } from "./names.ts";

/** Makes the role again, as its tombstone has it: under the name of its fence first, so that the ledger knows its oid before it gets its own. */
export async function undoRoleFromTombstone(
  hold: Hold,
  plan: FencePlan,
  { folder, fingerprint }: TombstoneSource,
  options: UndoOptions,
): Promise<Undone> {
  const { session } = hold;
  const planned = readSaved(plan);
  const { role, secret, sha256, isAsWritten } = await readRoleTombstone(folder);
  requireRecorded(folder, sha256, fingerprint);
  // The attributes are the ledger's, whatever somebody wrote into the folder.
  if (!isAsWritten || JSON.stringify(planned.role) !== JSON.stringify(role))
    throw new OpsError(
      "not-equal",
      `${folder} is not the tombstone that was written for ${planned.role?.name ?? "this role"}`,
      "fetch the folder from a copy of it",
    );
  const saved = planned;
  const known = readSecret(plan) ?? secret;
  const fenceName = fenceNameOf(hold.dropId);
  const earlier = options.whole ? await readRole(session, options.whole) : null;
  // The name comes with everything else, in one transaction.
  if (earlier !== null && earlier.name !== fenceName)
    return { names: asNames({ database: null, role: earlier.name }), proof: null, notes: saved.notes };
  await chooseNames(session, saved, options.as, { database: null, role: null });
  const own = await ownRole(hold, fenceName);
  const names = await chooseNames(session, saved, options.as, { database: null, role: own });
  await options.onWhole?.(own);
  const notes = await giveBackAll(hold, {
    saved,
    secret: known,
    databaseOid: null,
    roleOid: own,
    fenceName,
    names,
  });
  return { names: asNames(names), proof: null, notes: [...saved.notes, ...notes] };
}
