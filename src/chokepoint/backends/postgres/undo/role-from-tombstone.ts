import { OpsError } from "../../../../errors.ts";
import type { TombstoneSource, Undone, UndoOptions } from "../../../backend.ts";
import type { FencePlan } from "../../../drop.ts";
import { requireRecorded } from "../../../require-recorded.ts";
import type { Session } from "../../../../postgres/connect.ts";
import type { Hold } from "../hold.ts";
import { fenceNameOf } from "../own-names.ts";
import { readRole, readVerifier } from "../role/save-role.ts";
import { readSaved, readSecret } from "../saved.ts";
import type { SavedRole, Secret } from "../saved.ts";
import { readRoleTombstone } from "../tombstone/role-tombstone.ts";
import { asNames } from "./done.ts";
import { giveBackAll } from "./give-back-all.ts";
import { chooseNames } from "./names.ts";

/** Makes the role again, as its tombstone has it. One that is there already and is the same, password included, is that of an earlier call. */
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
  const wanted = options.as ?? role.name;
  const present = await findByName(session, wanted);
  if (present !== null && (await isSame(session, present, role, known)))
    return { names: asNames({ database: null, role: wanted }), proof: null, notes: saved.notes };
  const own = await findByName(session, fenceNameOf(hold.dropId));
  const names = await chooseNames(session, saved, options.as, { database: null, role: own?.oid ?? null });
  const notes = await giveBackAll(hold, {
    saved,
    secret: known,
    databaseOid: null,
    roleOid: own?.oid ?? null,
    fenceName: fenceNameOf(hold.dropId),
    names,
    mark: null,
  });
  return { names: asNames(names), proof: null, notes: [...saved.notes, ...notes] };
}

async function findByName(session: Session, name: string): Promise<SavedRole | null> {
  const [row] = await session.sql.unsafe<{ oid: string }[]>(
    "select oid::text as oid from pg_catalog.pg_roles where rolname = $1",
    [name],
  );
  return row === undefined ? null : await readRole(session, row.oid);
}

/** A SCRAM verifier has a salt of its own: nobody else's role has it. */
async function isSame(
  session: Session,
  now: SavedRole,
  saved: SavedRole,
  secret: Secret | null,
): Promise<boolean> {
  const present = await readVerifier(session, now.oid);
  return (
    present !== null &&
    secret !== null &&
    secret.verifier !== null &&
    present.verifier === secret.verifier &&
    now.canLogin === saved.canLogin
  );
}
