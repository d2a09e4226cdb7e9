import type { CatalogObject } from "../fingerprint.ts";
import { describeChanges, describeGrants } from "./grants.ts";
import type { CatalogRow, FactValue } from "./query.ts";

/** A row of a catalog query as an object; undefined for a system object whose privileges are what they were. */
export function toObject(row: CatalogRow, major: number): CatalogObject | undefined {
  const facts: Record<string, string> = {};
  for (const [name, value] of Object.entries(row.facts)) {
    const text = factText(value);
    if (text !== undefined) facts[name] = text;
  }
  const grants = grantsOf(row, major);
  if (grants !== undefined) facts["grants"] = grants;
  if (row.kind === "system-object" && grants === undefined) return undefined;
  return {
    kind: row.kind,
    identity: row.identity,
    ...(row.parent === null ? {} : { parent: row.parent }),
    facts,
  };
}

function grantsOf(row: CatalogRow, major: number): string | undefined {
  if (row.acl_kind === null || row.acl_owner === null) return undefined;
  const object = { kind: row.acl_kind, owner: row.acl_owner, acl: row.acl };
  if (row.acl_before === undefined) return describeGrants(object, major);
  return describeChanges(object, row.acl_before, major);
}

function factText(value: FactValue): string | undefined {
  if (value === null || value === false) return undefined;
  if (value === true) return "yes";
  return typeof value === "object" ? value.join(", ") : String(value);
}
