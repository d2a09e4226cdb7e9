import type { Session } from "../../../../postgres/connect.ts";
import { quoteIdentifier, quoteLiteral } from "../../../../postgres/identifiers.ts";
import { giveBackSettings, tryInside } from "../give-back-settings.ts";
import type { RoleNames } from "../roles.ts";
import type { SavedRole, Secret } from "../saved.ts";
import { giveBackMemberships } from "./give-back-memberships.ts";
import { readVerifier } from "./save-role.ts";
import { roleOptions } from "./role-options.ts";
import { setVerifier } from "./set-verifier.ts";

/** A role that is made again, or stands behind its fence, and what it was. */
export interface RoleToGiveBack {
  /** As it is: its oid tells which. */
  readonly now: SavedRole;
  readonly saved: SavedRole;
  readonly secret: Secret | null;
  /** What it is to be called. */
  readonly name: string;
  /** The drop's own database: what the role had set there is given back with that. */
  readonly database: { readonly oid: string } | null;
}

/**
 * Gives a role back its attributes, memberships, settings, comment, labels and name, then its verifier, in the transaction that is open
 * (a rename clears an MD5 one). Returns what could not be given back, for people.
 */
export async function giveBackRole(
  session: Session,
  given: RoleToGiveBack,
  roles: RoleNames,
): Promise<readonly string[]> {
  const { now, saved, name } = given;
  const notes: string[] = [];
  const current = quoteIdentifier(now.name);
  const options = roleOptions(saved, now);
  if (options.length > 0) await session.sql.unsafe(`alter role ${current} with ${options.join(" ")}`);
  notes.push(...(await giveBackSettings(session, `alter role ${current}`, now.settings, saved.settings)));
  notes.push(...(await giveBackDatabaseSettings(session, given)));
  notes.push(...(await giveBackMemberships(session, now, saved, roles)));
  if (now.comment !== saved.comment)
    await session.sql.unsafe(
      `comment on role ${current} is ${saved.comment === null ? "null" : quoteLiteral(saved.comment)}`,
    );
  for (const { provider, label } of saved.labels) {
    if (now.labels.some((each) => each.provider === provider && each.label === label)) continue;
    const failure = await tryInside(
      session,
      `security label for ${quoteIdentifier(provider)} on role ${current} is ${quoteLiteral(label)}`,
    );
    if (failure !== null) notes.push(`the security label of ${provider} is not given back: ${failure}`);
  }
  if (now.name !== name) await session.sql.unsafe(`alter role ${current} rename to ${quoteIdentifier(name)}`);
  notes.push(...(await giveBackVerifier(session, given)));
  return notes;
}

async function giveBackVerifier(
  session: Session,
  { now, saved, secret, name }: RoleToGiveBack,
): Promise<readonly string[]> {
  if (secret === null) return [];
  const present = await readVerifier(session, now.oid);
  if (present !== null && present.verifier === secret.verifier) return [];
  if (secret.verifier?.startsWith("md5") === true && name !== saved.name)
    return [`the password of ${saved.name} is not given back: an MD5 one holds for the old name alone`];
  await setVerifier(session, name, secret.verifier);
  return [];
}

/** `ALTER ROLE … IN DATABASE … SET`, in databases that are still there. */
async function giveBackDatabaseSettings(
  session: Session,
  { now, saved, database }: RoleToGiveBack,
): Promise<readonly string[]> {
  const notes: string[] = [];
  for (const each of saved.databaseSettings) {
    if (each.database.oid === database?.oid) continue;
    const [there] = await session.sql.unsafe<{ oid: string }[]>(
      "select oid::text as oid from pg_catalog.pg_database where datname = $1",
      [each.database.name],
    );
    if (there === undefined) {
      notes.push(`its settings in the database ${each.database.name} are not given back: that is gone`);
      continue;
    }
    const present = now.databaseSettings.find((found) => found.database.oid === there.oid)?.settings ?? [];
    const alter = `alter role ${quoteIdentifier(now.name)} in database ${quoteIdentifier(each.database.name)}`;
    notes.push(...(await giveBackSettings(session, alter, present, each.settings)));
  }
  return notes;
}
