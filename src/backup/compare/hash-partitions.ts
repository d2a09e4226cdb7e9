import { objectKey } from "../fingerprint.ts";
import type { CatalogObject, Fingerprint, TableContent } from "../fingerprint.ts";
import { indexObjects } from "./compare-objects.ts";

/**
 * The tables whose rows only lie in other partitions of one hash-partitioned root: all its partitions together hold the same
 * rows on both sides. How an enum hashes is by OID, so that pg_dump loads such rows by the root, and they may come to lie elsewhere.
 */
export function findRedistributed(expected: Fingerprint, actual: Fingerprint): ReadonlySet<string> {
  const objects = indexObjects(expected);
  const before = Map.groupBy(expected.tables, ({ table }) => hashRootOf(table, objects));
  const after = Map.groupBy(actual.tables, ({ table }) => hashRootOf(table, objects));
  const found = new Set<string>();
  for (const [root, tables] of before) {
    const twins = after.get(root) ?? [];
    if (root === null || sum(tables) !== sum(twins)) continue;
    for (const { table } of [...tables, ...twins]) found.add(table);
  }
  return found;
}

/** The uppermost table partitioned by hash that a table is a part of. */
function hashRootOf(table: string, objects: ReadonlyMap<string, CatalogObject>): string | null {
  let root: string | null = null;
  const seen = new Set<string>();
  for (let at: string | undefined = table; at !== undefined && !seen.has(at);) {
    seen.add(at);
    const facts: CatalogObject["facts"] | undefined = objects.get(objectKey("table", at))?.facts;
    if (facts?.["partition key"]?.startsWith("HASH ") === true) root = at;
    at = facts?.["partition bound"] === undefined ? undefined : facts["inherits"];
  }
  return root;
}

const modulus = 1n << 256n;

/** Digests of parts add up to that of the whole: see `createContentDigest`. */
function sum(tables: readonly TableContent[]): string {
  const rows = tables.reduce((total, table) => total + table.rows, 0);
  const digest = tables.reduce((total, table) => (total + BigInt(`0x${table.digest}`)) % modulus, 0n);
  return `${rows} ${digest}`;
}
