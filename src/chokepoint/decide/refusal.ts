import type { Refusal, RefusalSite } from "../drop.ts";

/** A no that stays a no, however often it is asked. */
export function refuse(site: RefusalSite, reason: string): Refusal {
  return { site, reason, isPassing: false, outcome: "refused" };
}

/** It could not be decided, so nothing is destroyed; the same request may be made again. */
export function undecided(site: RefusalSite, reason: string): Refusal {
  return { site, reason, isPassing: true, outcome: "refused" };
}
