import { BSON } from "mongodb";
import type { MongoSession } from "./connect.ts";
import { explained } from "./explain-mongo.ts";
import { readBson } from "./read-bson.ts";
import type { BsonMap } from "./read-bson.ts";

export interface FoundCollection {
  readonly name: string;
  readonly type: "collection" | "view" | "timeseries";
  /** Hex; never given to another. Null: a view has none. */
  readonly uuid: string | null;
  /** As the server told them; the order of keys matters in an index and in a pipeline. */
  readonly options: BsonMap;
}

/** Left behind by an undo that was cut off: what is beside it is custody's own. */
export const undoMarker = "custody_undo";

/**
 * The collections of a database, by name. The server's own (`system.views`, the buckets of time series, `system.profile`) are not among
 * them: they follow from the others; `system.js` is.
 */
export async function listCollections(
  { client }: MongoSession,
  database: string,
): Promise<readonly FoundCollection[]> {
  const cursor = client.db(database).listCollections({}, { nameOnly: false, raw: true });
  const found: readonly unknown[] = await explained(() => cursor.toArray());
  return found
    .map((each) => describe(asMap(each)))
    .filter(({ name }) => name === "system.js" || !name.startsWith("system."))
    .toSorted((one, other) => (one.name < other.name ? -1 : 1));
}

/** Of a collection or a time series, by name; without `ns`, which servers before 4.4 say. */
export async function listIndexes(
  { client }: MongoSession,
  database: string,
  { name, type }: FoundCollection,
): Promise<readonly BsonMap[]> {
  if (type === "view") return [];
  const cursor = client.db(database).collection(name).listIndexes({ raw: true });
  const found: readonly unknown[] = await explained(() => cursor.toArray());
  return found
    .map((each) => new Map([...asMap(each)].filter(([key]) => key !== "ns")))
    .toSorted((one, other) => (textOf(one, "name") < textOf(other, "name") ? -1 : 1));
}

function describe(entry: BsonMap): FoundCollection {
  const type = textOf(entry, "type");
  const info = entry.get("info");
  const uuid = info instanceof Map ? info.get("uuid") : undefined;
  const options = entry.get("options");
  return {
    name: textOf(entry, "name"),
    type: type === "view" || type === "timeseries" ? type : "collection",
    uuid: uuid instanceof BSON.Binary ? uuid.toString("hex") : null,
    options: options instanceof Map ? options : new Map(),
  };
}

function textOf(map: BsonMap, key: string): string {
  const value = map.get(key);
  return typeof value === "string" ? value : "";
}

function asMap(document: unknown): BsonMap {
  if (document instanceof Uint8Array) return readBson(document);
  throw new Error("the driver gave a document that is not raw");
}
