import type { ColumnTypes } from "./normalise-fields.ts";
import type { CatalogObject } from "../fingerprint.ts";

/** The types of every table's columns, by table and column: what brings an archive's text to the form of the restored side's. */
export function columnTypesOf(catalog: readonly CatalogObject[]): ColumnTypes {
  const types = new Map<string, Map<string, string>>();
  for (const { kind, identity, parent, facts } of catalog) {
    if (kind !== "column" || parent === undefined) continue;
    const table = parent.replace(/^[a-z-]+ /, "");
    const columns = types.get(table) ?? new Map<string, string>();
    columns.set(unquote(identity.slice(table.length + 1)), facts["type"] ?? "");
    types.set(table, columns);
  }
  return types;
}

function unquote(identifier: string): string {
  return identifier.startsWith('"') ? identifier.slice(1, -1).replaceAll('""', '"') : identifier;
}
