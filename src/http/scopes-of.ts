import type { Demand, Scope } from "./read-identities.ts";

/** The scopes that a caller must have, all of them. */
export function scopesOf(demand: Demand): readonly Scope[] {
  if (demand === null || demand === "any") return [];
  return typeof demand === "string" ? [demand] : demand;
}
