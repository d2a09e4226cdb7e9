import type { CatalogObject } from "../fingerprint.ts";

/** A role that had another name when the fingerprint was taken: behind its fence. */
export interface RenamedRole {
  readonly from: string;
  readonly to: string;
}

/**
 * The catalog as it reads once a role has its other name: owners and grants name it. `from` is a fence's name, of letters and digits, that
 * stands for nothing else.
 */
export function renameRole(
  objects: readonly CatalogObject[],
  { from, to }: RenamedRole,
): readonly CatalogObject[] {
  // As `aclitem` prints a name (putid in acl.c): in quotes unless it is letters, digits and underscores alone.
  const printed = /^\w+$/.test(to) ? to : `"${to.replaceAll('"', '""')}"`;
  const rename = (text: string): string => (text === from ? to : text.replaceAll(from, () => printed));
  return objects.map((object) => ({
    ...object,
    identity: rename(object.identity),
    ...(object.parent === undefined ? {} : { parent: rename(object.parent) }),
    facts: Object.fromEntries(Object.entries(object.facts).map(([name, fact]) => [name, rename(fact)])),
  }));
}
