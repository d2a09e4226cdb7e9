import { quoteIdentifier, quoteLiteral } from "../../../../postgres/identifiers.ts";
import type { Session } from "../../../../postgres/connect.ts";
import { giveBackGrants } from "../give-back-grants.ts";
import { findRoles, sameGrants } from "../roles.ts";
import type { SavedSchema } from "../saved.ts";

/** Gives a schema back its owner, privileges, comment and name, in the transaction that is open in its database. */
export async function giveBackSchema(
  session: Session,
  now: SavedSchema,
  saved: SavedSchema,
  name: string,
): Promise<readonly string[]> {
  const notes: string[] = [];
  const roles = await findRoles(session);
  const on = `schema ${quoteIdentifier(now.name)}`;
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
  if (now.comment !== saved.comment)
    await session.sql.unsafe(
      `comment on ${on} is ${saved.comment === null ? "null" : quoteLiteral(saved.comment)}`,
    );
  if (now.name !== name) await session.sql.unsafe(`alter ${on} rename to ${quoteIdentifier(name)}`);
  return notes;
}
