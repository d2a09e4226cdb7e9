import { createHash } from "node:crypto";
import { BSON } from "mongodb";
import { z } from "zod";
import { listCollections, listIndexes, undoMarker } from "./collections.ts";
import type { FoundCollection } from "./collections.ts";
import type { MongoSession } from "./connect.ts";
import { openDigester, readDocuments } from "./digest-documents.ts";
import type { BsonMap } from "./read-bson.ts";

/** All that is compared of one collection, view or time series. */
export const collectionFactsSchema = z.object({
  name: z.string(),
  type: z.enum(["collection", "view", "timeseries"]),
  /** Its options as BSON, in hex: validator, collation, pipeline of a view. */
  options: z.string(),
  /** As BSON in hex, one an index, by name: the order of an index's keys is what it is. */
  indexes: z.array(z.string()),
  documents: z.object({ count: z.number(), bytes: z.number(), sum: z.string() }),
});
export type CollectionFacts = z.infer<typeof collectionFactsSchema>;

/** Reads everything of a database; `sink` gets each document as it comes. */
export async function readFacts(
  session: MongoSession,
  database: string,
  options: {
    readonly signal: AbortSignal;
    readonly progress: (documents: number) => void;
    readonly open?: (collection: string) => Promise<(document: Uint8Array) => Promise<void>>;
  },
): Promise<readonly CollectionFacts[]> {
  const all: CollectionFacts[] = [];
  let total = 0;
  for (const collection of await listCollections(session, database)) {
    if (collection.name === undoMarker) continue;
    const sink = collection.type === "view" ? undefined : await options.open?.(collection.name);
    const digester = openDigester();
    if (collection.type !== "view")
      for await (const document of readDocuments(session, database, collection.name)) {
        options.signal.throwIfAborted();
        digester.add(document);
        await sink?.(document);
        total += 1;
        if (total % 1000 === 0) options.progress(total);
      }
    all.push(await factsOf(session, database, collection, digester.end()));
  }
  return all;
}

async function factsOf(
  session: MongoSession,
  database: string,
  { name, type, options, ...rest }: FoundCollection,
  documents: CollectionFacts["documents"],
): Promise<CollectionFacts> {
  const indexes = await listIndexes(session, database, { name, type, options, ...rest });
  return { name, type, options: inHex(options), indexes: indexes.map(inHex), documents };
}

/** What differs, one line each; values of customers are not in them. */
export function compareFacts(
  expected: readonly CollectionFacts[],
  actual: readonly CollectionFacts[],
): readonly string[] {
  const names = [...new Set([...expected, ...actual].map(({ name }) => name))].toSorted();
  return names.flatMap((name) => {
    const before = expected.find((each) => each.name === name);
    const after = actual.find((each) => each.name === name);
    if (before === undefined) return [`collection ${name} is more than expected`];
    if (after === undefined) return [`collection ${name} is missing`];
    return differencesOf(before, after).map((what) => `collection ${name}: ${what}`);
  });
}

function differencesOf(before: CollectionFacts, after: CollectionFacts): readonly string[] {
  const differences: string[] = [];
  if (before.type !== after.type) differences.push(`a ${after.type}, expected a ${before.type}`);
  if (before.options !== after.options) differences.push("its options differ");
  if (before.indexes.join("\n") !== after.indexes.join("\n")) differences.push("its indexes differ");
  if (before.documents.count !== after.documents.count)
    differences.push(`${after.documents.count} documents, expected ${before.documents.count}`);
  else if (before.documents.sum !== after.documents.sum) differences.push("its documents differ");
  return differences;
}

/** Hex SHA-256 over the facts of every database of a tombstone. */
export function fingerprintOf(
  databases: readonly { readonly name: string; readonly collections: readonly CollectionFacts[] }[],
  users: readonly string[],
): string {
  const hash = createHash("sha256");
  for (const { name, collections } of databases)
    hash.update(`${JSON.stringify([name, collections.map(inOrder)])}\n`);
  return hash.update(JSON.stringify(users)).digest("hex");
}

function inOrder({ name, type, options, indexes, documents }: CollectionFacts): readonly unknown[] {
  return [name, type, options, indexes, documents.count, documents.bytes, documents.sum];
}

function inHex(document: BsonMap): string {
  return Buffer.from(BSON.serialize(document, { ignoreUndefined: false })).toString("hex");
}
