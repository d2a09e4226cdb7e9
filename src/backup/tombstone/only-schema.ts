import { identityOf, objectKey } from "../fingerprint.ts";
import type { CatalogObject, Fingerprint } from "../fingerprint.ts";

/** The schema's own, which a fence changes and undo gives back from what the fence noted. */
const changedByFence: ReadonlySet<string> = new Set(["owner", "grants", "comment"]);

/** A fingerprint of one schema and all that is in it; the same where `schema` is null. Large objects are in no schema. */
export function onlySchema(fingerprint: Fingerprint, schema: string | null): Fingerprint {
  if (schema === null) return fingerprint;
  const { objects, tables, sequences } = fingerprint;
  const prefix = `${identityOf(schema)}.`;
  const byKey = new Map(objects.map((object) => [objectKey(object.kind, object.identity), object]));
  const itself = objectKey("schema", identityOf(schema));
  const isInside = ({ kind, identity, parent }: CatalogObject): boolean => {
    if (objectKey(kind, identity) === itself || identity.startsWith(prefix)) return true;
    if (parent === undefined) return false;
    const above = byKey.get(parent);
    return parent === itself || (above !== undefined && isInside(above));
  };
  return {
    ...fingerprint,
    objects: objects
      .filter(isInside)
      .map((object) => (objectKey(object.kind, object.identity) === itself ? withoutFence(object) : object)),
    tables: tables.filter(({ table }) => table.startsWith(prefix)),
    sequences: sequences.filter(({ sequence }) => sequence.startsWith(prefix)),
    largeObjects: [],
  };
}

function withoutFence(object: CatalogObject): CatalogObject {
  const facts = Object.entries(object.facts).filter(([fact]) => !changedByFence.has(fact));
  return { ...object, facts: Object.fromEntries(facts) };
}
