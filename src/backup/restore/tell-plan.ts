import { kindAndName } from "../archive/archive.ts";
import type { RestorePlan } from "./plan.ts";

/** What was not restored, and what could not be read for the roles that it names, for people. */
export function tellPlan(plan: RestorePlan): readonly string[] {
  const byReason = new Map<string, string[]>();
  for (const entry of plan.leftOut) {
    const known = byReason.get(entry.reason) ?? [];
    byReason.set(entry.reason, [...known, kindAndName({ ...entry, namespace: null })]);
  }
  const notes = [...byReason].map(([reason, names]) => `left out, since ${reason}: ${listed(names)}`);
  const unparsed = plan.unparsed.map((entry) => kindAndName({ ...entry, namespace: null }));
  return unparsed.length === 0
    ? notes
    : [...notes, `could not be parsed for the roles that it names: ${listed(unparsed)}`];
}

function listed(names: readonly string[]): string {
  return names.length <= 5
    ? names.join(", ")
    : `${names.slice(0, 5).join(", ")} and ${names.length - 5} more`;
}
