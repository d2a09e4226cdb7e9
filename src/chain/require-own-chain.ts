import { relationName } from "../audit/find-chain.ts";
import type { ChainPlace } from "../audit/find-chain.ts";
import { OpsError } from "../errors.ts";
import type { Session } from "../postgres/session.ts";
import { noChain } from "./open-database.ts";

/** The chain that was found, if custody installed it. `why` says what the rules of another lack. Throws `no-chain`, `bad-usage`. */
export function requireOwnChain(
  session: Session,
  place: ChainPlace | null,
  schema: string | null,
  why: string,
): ChainPlace {
  if (place === null) throw noChain(session, schema === null ? "" : ` in schema ${schema}`);
  if (place.definition.rules !== undefined) return place;
  throw new OpsError(
    "bad-usage",
    `${relationName(place, place.definition.table)} is a chain of profile ${place.profile}: ${why}`,
    "only a chain that custody installed can do this (custody chain init)",
  );
}
