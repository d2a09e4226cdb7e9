import type { Caller, Drop } from "../drop.ts";

/**
 * Why somebody may not approve a drop; null: they may. Approval is a person's: neither who asked, nor on whose behalf, nor who has
 * approved already, whatever token they hold and however their name is spelt there. An early purge takes somebody who had no part in the
 * drop itself either. Pure.
 */
export function whyNotApprove(drop: Drop, approver: Caller, purged: Drop | null): string | null {
  const { person } = approver;
  if (person === null) return `${approver.name} stands for no person: approval is a person's`;
  if (asked(drop, approver)) return `${person} asked for it: nobody approves their own`;
  if (approved(drop, person)) return `${person} has approved it already`;
  if (purged === null) return null;
  if (asked(purged, approver)) return `${person} asked for the drop that is to be purged`;
  if (approved(purged, person))
    return `${person} approved the drop that is to be purged: a purge takes another`;
  return null;
}

function asked({ caller, request, statement }: Drop, { name, person }: Caller): boolean {
  const { requestedBy } = request.intent;
  const session = statement === null ? [] : [statement.session.role, ...statement.session.otherRoles];
  return (
    // Whoever may log in as a role is that role.
    session.some((role) => role === name || isSamePerson(role, name) || isSamePerson(role, person)) ||
    caller.name === name ||
    isSamePerson(caller.person, person) ||
    isSamePerson(requestedBy, person) ||
    isSamePerson(requestedBy, name)
  );
}

function approved({ approvals }: Drop, person: string): boolean {
  return approvals.some((each) => isSamePerson(each.person, person));
}

/** As people read names: a directory that spells one in two ways has not made two people of it. */
export function isSamePerson(one: string | null, other: string | null): boolean {
  return one !== null && other !== null && fold(one) === fold(other);
}

function fold(name: string): string {
  return name
    .normalize("NFKC")
    .replaceAll(/\p{Default_Ignorable_Code_Point}/gu, "")
    .trim()
    .replaceAll(/\s+/gu, " ")
    .toUpperCase()
    .toLowerCase()
    .normalize("NFKC");
}
