import type { Session } from "../../../../postgres/connect.ts";
import { tryInside } from "../give-back-settings.ts";
import type { RoleNames } from "../roles.ts";
import type { Membership, SavedRole } from "../saved.ts";

/** In both directions; who handed a membership on must have it first, so those that fail are tried again after the others. */
export async function giveBackMemberships(
  session: Session,
  now: SavedRole,
  saved: SavedRole,
  roles: RoleNames,
): Promise<readonly string[]> {
  const key = (each: Membership, ofNow: boolean): string =>
    [each.role, each.member, ...(session.major >= 16 && each.grantor !== null ? [each.grantor] : [])]
      .map((ref) => (ofNow ? ref.oid : (roles.oid(ref) ?? ref.name)))
      .concat(JSON.stringify([each.admin, each.inherit, each.set]))
      .join(" ");
  const present = new Set(now.memberships.map((each) => key(each, true)));
  let open = saved.memberships.filter((each) => !present.has(key(each, false)));
  let failures: readonly string[] = [];
  for (;;) {
    const failed: { each: Membership; why: string }[] = [];
    for (const each of open) {
      const failure = await grantMembership(session, each, roles);
      if (failure !== null) failed.push({ each, why: failure });
    }
    failures = failed.map(
      ({ each, why }) => `not given back: ${each.member.name} as a member of ${each.role.name}: ${why}`,
    );
    if (failed.length === 0 || failed.length === open.length) return failures;
    open = failed.map(({ each }) => each);
  }
}

async function grantMembership(session: Session, each: Membership, roles: RoleNames): Promise<string | null> {
  const [role, member] = [roles.quoted(each.role), roles.quoted(each.member)];
  const grantor = each.grantor === null ? null : roles.quoted(each.grantor);
  if (role === null || member === null) return "there is no such role any more";
  const options =
    session.major >= 16
      ? ` with admin ${each.admin}, inherit ${each.inherit ?? true}, set ${each.set ?? true}`
      : each.admin
        ? " with admin option"
        : "";
  const statement = `grant ${role} to ${member}${options}`;
  const failure = await tryInside(
    session,
    grantor === null ? statement : `${statement} granted by ${grantor}`,
  );
  // Who is no superuser may grant in nobody's name but his own.
  return failure === null || grantor === null ? failure : await tryInside(session, statement);
}
