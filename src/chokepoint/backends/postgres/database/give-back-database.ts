import { quoteIdentifier, quoteLiteral } from "../../../../postgres/identifiers.ts";
import type { Session } from "../../../../postgres/connect.ts";
import { giveBackGrants } from "../give-back-grants.ts";
import { giveBackSettings, tryInside } from "../give-back-settings.ts";
import type { RoleNames } from "../roles.ts";
import { sameGrants } from "../roles.ts";
import type { SavedDatabase } from "../saved.ts";
import type { DatabaseNow } from "./save-database.ts";

/**
 * Gives a database back what its fence took, or its dump did not hold: owner, privileges, limit, settings, comment and labels. Not its
 * name. In the transaction that is open; returns what could not be given back, for people.
 */
export async function giveBackDatabase(
  session: Session,
  now: DatabaseNow,
  saved: SavedDatabase,
  roles: RoleNames,
): Promise<readonly string[]> {
  const notes: string[] = [];
  const name = quoteIdentifier(now.name);
  const on = `database ${name}`;
  const owner = roles.quoted(saved.owner);
  if (owner === null) notes.push(`its owner ${saved.owner.name} is gone: custody's role owns it`);
  else if (roles.oid(saved.owner) !== now.owner.oid)
    await session.sql.unsafe(`alter ${on} owner to ${owner}`);
  if (owner !== null && !sameGrants(now.grants, saved.grants))
    notes.push(
      ...(await giveBackGrants(session, on, {
        owner: saved.owner,
        now: now.grants,
        saved: saved.grants,
        roles,
      })),
    );
  if (now.connectionLimit !== saved.connectionLimit)
    await session.sql.unsafe(`alter ${on} connection limit ${saved.connectionLimit}`);
  if (now.allowsConnections !== saved.allowsConnections)
    await session.sql.unsafe(`alter ${on} allow_connections ${saved.allowsConnections}`);
  notes.push(...(await giveBackSettings(session, `alter ${on}`, now.settings, saved.settings)));
  notes.push(...(await giveBackRoleSettings(session, now, saved, roles)));
  notes.push(...(await giveBackLabels(session, now, saved)));
  return notes;
}

/** `ALTER ROLE … IN DATABASE … SET`: of each role that had some, or has some now. */
async function giveBackRoleSettings(
  session: Session,
  now: DatabaseNow,
  saved: SavedDatabase,
  roles: RoleNames,
): Promise<readonly string[]> {
  const notes: string[] = [];
  for (const { role, settings } of saved.roleSettings) {
    const quoted = roles.quoted(role);
    if (quoted === null) {
      notes.push(`settings of the role ${role.name} in it are not given back: there is no such role`);
      continue;
    }
    const present = now.roleSettings.find((each) => each.role.oid === roles.oid(role))?.settings ?? [];
    const alter = `alter role ${quoted} in database ${quoteIdentifier(now.name)}`;
    notes.push(...(await giveBackSettings(session, alter, present, settings)));
  }
  return notes;
}

async function giveBackLabels(
  session: Session,
  now: DatabaseNow,
  saved: SavedDatabase,
): Promise<readonly string[]> {
  const notes: string[] = [];
  const on = `database ${quoteIdentifier(now.name)}`;
  if (now.comment !== saved.comment)
    await session.sql.unsafe(
      `comment on ${on} is ${saved.comment === null ? "null" : quoteLiteral(saved.comment)}`,
    );
  for (const { provider, label } of saved.labels) {
    if (now.labels.some((each) => each.provider === provider && each.label === label)) continue;
    const failure = await tryInside(
      session,
      `security label for ${quoteIdentifier(provider)} on ${on} is ${quoteLiteral(label)}`,
    );
    if (failure !== null) notes.push(`the security label of ${provider} is not given back: ${failure}`);
  }
  return notes;
}
