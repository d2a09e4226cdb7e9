import type { Session } from "../../../postgres/connect.ts";
import type { RoleNames } from "./roles.ts";
import type { Grant, RoleRef } from "./saved.ts";

/** What privileges are on: `DATABASE "x"`, `SCHEMA "x"`. */
export type Securable = string;

/** Takes every privilege from everybody but the owner, and all that they handed on. */
export async function revokeAll(
  session: Session,
  on: Securable,
  grantees: readonly (string | null)[],
): Promise<void> {
  for (const grantee of grantees)
    await session.sql.unsafe(`revoke all on ${on} from ${grantee ?? "public"} cascade`);
}

/**
 * Makes the privileges what they were, the owner's own included, each by the role that granted it. The owner is given back already;
 * returns what could not be given back, for people.
 */
export async function giveBackGrants(
  session: Session,
  on: Securable,
  facts: {
    readonly owner: RoleRef;
    readonly now: readonly Grant[];
    readonly saved: readonly Grant[];
    readonly roles: RoleNames;
  },
): Promise<readonly string[]> {
  const { owner, now, saved, roles } = facts;
  const notes: string[] = [];
  const present = now.map(({ grantee }) => (grantee === null ? null : roles.quoted(grantee)));
  await revokeAll(session, on, [...new Set([...present, null])]);
  for (const grant of inOrder(saved, owner)) {
    const grantee = grant.grantee === null ? "public" : roles.quoted(grant.grantee);
    const grantor = roles.quoted(grant.grantor);
    const said = `${grant.privilege} on ${on} for ${grant.grantee?.name ?? "PUBLIC"}`;
    if (grantee === null || grantor === null) {
      notes.push(`not given back, since a role is gone: ${said}`);
      continue;
    }
    const statement = `grant ${grant.privilege} on ${on} to ${grantee}${grant.isGrantable && grant.grantee?.oid !== owner.oid ? " with grant option" : ""}`;
    if (grant.grantor.oid === owner.oid) {
      await session.sql.unsafe(statement);
      continue;
    }
    // Who handed on what he had been given is the only one who can do it again.
    await session.sql.unsafe(`set local role ${grantor}`);
    await session.sql.unsafe(statement);
    await session.sql.unsafe("reset role");
  }
  return notes;
}

/** Who hands a privilege on must have got it first. */
function inOrder(grants: readonly Grant[], owner: RoleRef): readonly Grant[] {
  const ordered: Grant[] = [];
  let open = [...grants];
  const holds = ({ grantor, privilege }: Grant): boolean =>
    grantor.oid === owner.oid ||
    ordered.some(
      (each) => each.isGrantable && each.privilege === privilege && each.grantee?.oid === grantor.oid,
    );
  for (let next = open.filter(holds); next.length > 0; next = open.filter(holds)) {
    ordered.push(...next);
    open = open.filter((grant) => !next.includes(grant));
  }
  return [...ordered, ...open];
}
