import type { Caller, Drop } from "../drop.ts";

/**
 * Why somebody may not approve a drop; null: they may. Approval is a person's: neither who asked, nor on whose behalf, nor who has
 * approved already, whatever token they hold. An early purge takes somebody who had no part in the drop itself either. Pure.
 */
export function whyNotApprove(drop: Drop, approver: Caller, purged: Drop | null): string | null {
  const { person } = approver;
  if (person === null) return `${approver.name} stands for no person: approval is a person's`;
  if (asked(drop, approver)) return `${person} asked for it: nobody approves their own`;
  if (drop.approvals.some((each) => each.person === person)) return `${person} has approved it already`;
  if (purged === null) return null;
  if (asked(purged, approver)) return `${person} asked for the drop that is to be purged`;
  if (purged.approvals.some((each) => each.person === person))
    return `${person} approved the drop that is to be purged: a purge takes another`;
  return null;
}

function asked(drop: Drop, { name, person }: Caller): boolean {
  return (
    drop.caller.name === name || drop.caller.person === person || drop.request.intent.requestedBy === person
  );
}
