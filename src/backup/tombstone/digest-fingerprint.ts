import { createHash } from "node:crypto";
import { objectKey } from "../fingerprint.ts";
import type { Fingerprint } from "../fingerprint.ts";

/**
 * One SHA-256 for all that a fingerprint compares, in hex: the same for the same database however its catalog was listed. The
 * database's name and the server's version are not in it.
 */
export function digestFingerprint(fingerprint: Fingerprint): string {
  const { objects, tables, sequences, largeObjects, encoding } = fingerprint;
  const hash = createHash("sha256");
  const add = (...words: readonly unknown[]): void => void hash.update(`${JSON.stringify(words)}\n`);
  add("custody.fingerprint.v1", encoding);
  for (const object of sorted(objects, ({ kind, identity }) => objectKey(kind, identity))) {
    const facts = Object.entries(object.facts);
    add(
      "object",
      object.kind,
      object.identity,
      object.parent ?? null,
      sorted(facts, ([name]) => name),
    );
  }
  for (const { table, columns, rows, digest } of sorted(tables, (each) => each.table))
    add("table", table, columns, rows, digest);
  for (const { sequence, lastValue, isCalled } of sorted(sequences, (each) => each.sequence))
    add("sequence", sequence, lastValue, isCalled);
  for (const { oid, digest } of sorted(largeObjects, (each) => String(each.oid)))
    add("large-object", oid, digest);
  return hash.digest("hex");
}

function sorted<T>(items: readonly T[], key: (item: T) => string): readonly T[] {
  const keyed = items.map((item) => ({ item, key: key(item) }));
  return keyed.toSorted((left, right) => (left.key < right.key ? -1 : 1)).map(({ item }) => item);
}
