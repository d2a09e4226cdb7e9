import type { CatalogObject, Fingerprint } from "../fingerprint.ts";

interface Pair {
  readonly expected: CatalogObject;
  readonly actual: CatalogObject;
}

/**
 * Whether two unequal facts mean the same, since the versions of the servers differ, or since no dump can keep the
 * difference. Each case says why.
 */
export function isSameFact(fact: string, pair: Pair, expected: Fingerprint, actual: Fingerprint): boolean {
  const before = pair.expected.facts[fact];
  const after = pair.actual.facts[fact];
  const oldest = Math.min(majorOf(expected), majorOf(actual));
  // 17 added MAINTAIN: GRANT ALL on an older server gives less.
  if (fact === "grants" && oldest < 17 && withoutMaintain(before) === withoutMaintain(after)) return true;
  if (isPublicSchema(pair.expected) && majorOf(expected) < 15 && majorOf(actual) >= 15) {
    return isNewPublicDefault(fact, pair);
  }
  // 16 writes ICU locales as language tags: sv_SE is sv-SE.
  if (fact === "locale" && oldest < 16) return before?.replaceAll("_", "-") === after?.replaceAll("_", "-");
  // An extension of another version may bring another comment.
  if (pair.expected.kind === "extension" && fact === "comment") {
    return pair.expected.facts["version"] !== pair.actual.facts["version"];
  }
  if (fact === "column order") return isSameOrder(before, after);
  // 15 made the sequence of an unlogged table unlogged too.
  if (pair.expected.kind === "sequence" && fact === "persistence" && oldest < 15) return true;
  // No dump keeps the state of the triggers behind a foreign key: a restore turns them on.
  return pair.expected.kind === "foreign-key" && fact === "enabled" && after === undefined;
}

/** Whether an object may be there although the source had none. */
export function isTolerated(object: CatalogObject): boolean {
  // A database is made with a public schema, whether or not its dump holds one.
  return isPublicSchema(object);
}

function isPublicSchema(object: CatalogObject): boolean {
  return object.kind === "schema" && object.identity === "public";
}

/** Whether the columns that both have are in the same order; which columns there are is another fact. */
function isSameOrder(before: string | undefined, after: string | undefined): boolean {
  if (before === undefined || after === undefined) return true;
  const names = (list: string): readonly string[] => list.match(/"(?:[^"]|"")*"|[^", ]+/g) ?? [];
  const there = new Set(names(before));
  const here = new Set(names(after));
  const common = (list: Set<string>, other: Set<string>): string =>
    [...list].filter((each) => other.has(each)).join();
  return common(there, here) === common(here, there);
}

/** 15 gave the public schema another owner and took CREATE on it from PUBLIC; tools older than 15 dump neither default. */
function isNewPublicDefault(fact: string, pair: Pair): boolean {
  const before = pair.expected.facts[fact];
  const after = pair.actual.facts[fact];
  if (fact === "owner") {
    return before === pair.expected.facts["default owner"] && after === pair.actual.facts["default owner"];
  }
  const owners = "the owner: CREATE, USAGE";
  return (
    fact === "grants" && before === `PUBLIC: CREATE, USAGE; ${owners}` && after === `PUBLIC: USAGE; ${owners}`
  );
}

function withoutMaintain(grants: string | undefined): string | undefined {
  return grants?.replaceAll(/MAINTAIN\*?, |, MAINTAIN\*?/g, "");
}

function majorOf(fingerprint: Fingerprint): number {
  return Number.parseInt(fingerprint.serverVersion, 10) || 0;
}
