import { createHash, randomBytes } from "node:crypto";
import type { DecidedPlan, FencePlan, JsonObject, Terms } from "./drop.ts";
import { storableJson } from "./ledger/storable.ts";

/** A plan as it is decided; the salt keeps what it hides from being guessed by its digest. */
export function sealPlan(plan: FencePlan, terms: Terms): DecidedPlan {
  return { ...plan, terms, salt: randomBytes(16).toString("hex") };
}

/** What `drop.started` says of a plan, so that nobody changes the row of it afterwards: SHA-256 in hex over its canonical JSON. */
export function digestPlan({
  identity,
  fenceNames,
  saved,
  terms,
  salt,
}: Omit<DecidedPlan, "secret">): string {
  return digest([salt, identity, fenceNames, saved, terms]);
}

export function digestSecret({ salt }: Pick<DecidedPlan, "salt">, secret: JsonObject): string {
  return digest([salt, secret]);
}

/** The same before it is kept as jsonb and after: the keys of objects in one order, texts as they are kept. */
function digest(value: unknown): string {
  const kept: unknown = JSON.parse(storableJson(value));
  return createHash("sha256").update(JSON.stringify(kept, inOrder)).digest("hex");
}

function inOrder(_key: string, value: unknown): unknown {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1)))
    : value;
}
