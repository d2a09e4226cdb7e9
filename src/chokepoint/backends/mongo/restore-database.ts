import type { Document } from "mongodb";
import type { Progress } from "../../backend.ts";
import { durable } from "./connect.ts";
import type { MongoSession } from "./connect.ts";
import { explained } from "./explain-mongo.ts";
import type { CollectionFacts } from "./facts.ts";
import { readBson } from "./read-bson.ts";
import { readCollection } from "./tombstone.ts";
import type { Manifest } from "./tombstone.ts";

/** A command may be a little larger than the largest document; what it holds is kept well below. */
const batchBytes = 8 << 20;
const batchDocuments = 1000;

/** Makes every collection of one database of a tombstone, with its documents, then its indexes; views come last. */
export async function restoreDatabase(
  session: MongoSession,
  from: { readonly folder: string; readonly database: Manifest["databases"][number] },
  name: string,
  { progress, signal }: { readonly progress: Progress; readonly signal: AbortSignal },
): Promise<void> {
  const { folder, database } = from;
  const isView = ({ type }: CollectionFacts): boolean => type === "view";
  let done = 0;
  for (const collection of database.collections.filter((each) => !isView(each))) {
    await create(session, name, collection);
    for await (const batch of batchesOf(readCollection(folder, database, collection.name))) {
      signal.throwIfAborted();
      await insert(session, name, collection.name, batch);
      done += batch.length;
      progress(done);
    }
    await createIndexes(session, name, collection);
  }
  for (const view of database.collections.filter(isView)) await create(session, name, view);
}

async function create(
  { client }: MongoSession,
  database: string,
  collection: CollectionFacts,
): Promise<void> {
  // Of its own keys none is a number, whose order an object would turn round; those below stay maps.
  const options: Document = Object.fromEntries(readBson(Buffer.from(collection.options, "hex")));
  await explained(() => client.db(database).command({ create: collection.name, ...options, ...durable }));
}

/** A validator that came later than a document must not keep it out. */
async function insert(
  { client }: MongoSession,
  database: string,
  collection: string,
  batch: readonly Uint8Array[],
): Promise<void> {
  const answer = await explained(() =>
    client.db(database).command({
      insert: collection,
      documents: batch.map((each) => readBson(each)),
      ordered: true,
      bypassDocumentValidation: true,
      ...durable,
    }),
  );
  const [failed] = answer["writeErrors"] ?? [];
  if (failed !== undefined) throw new Error(`MongoDB took not every document back: ${failed.errmsg}`);
}

async function createIndexes(
  { client }: MongoSession,
  database: string,
  { name, indexes, type }: CollectionFacts,
): Promise<void> {
  const parsed = indexes.map((each) => readBson(Buffer.from(each, "hex")));
  // The server makes these by itself.
  const wanted = parsed.filter((each) => each.get("name") !== "_id_" && each.get("clustered") !== true);
  if (wanted.length === 0 || type === "view") return;
  await explained(() => client.db(database).command({ createIndexes: name, indexes: wanted, ...durable }));
}

async function* batchesOf(documents: AsyncIterable<Uint8Array>): AsyncGenerator<readonly Uint8Array[]> {
  let batch: Uint8Array[] = [];
  let bytes = 0;
  for await (const document of documents) {
    if (batch.length > 0 && (batch.length >= batchDocuments || bytes + document.length > batchBytes)) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(document);
    bytes += document.length;
  }
  if (batch.length > 0) yield batch;
}
