import { BSON } from "mongodb";
import type { Document } from "mongodb";
import type { MongoSession } from "./connect.ts";
import { explained } from "./explain-mongo.ts";

export interface FoundCollection {
  readonly name: string;
  readonly type: "collection" | "view" | "timeseries";
  /** Hex; never given to another. Null: a view has none. */
  readonly uuid: string | null;
  readonly options: Document;
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
  const found = await explained(() => client.db(database).listCollections({}, { nameOnly: false }).toArray());
  return found
    .filter(({ name }) => name === "system.js" || !name.startsWith("system."))
    .map(({ name, type, options, info }) => ({
      name,
      type: kindOf(type),
      uuid: info?.uuid instanceof BSON.Binary ? info.uuid.toString("hex") : null,
      options: options ?? {},
    }))
    .toSorted((one, other) => (one.name < other.name ? -1 : 1));
}

/** Of a collection or a time series, by name. */
export async function listIndexes(
  { client }: MongoSession,
  database: string,
  collection: FoundCollection,
): Promise<readonly Document[]> {
  if (collection.type === "view") return [];
  const indexes = await explained(() =>
    client.db(database).collection(collection.name).listIndexes().toArray(),
  );
  return indexes
    .map(({ ns: _ns, ...index }) => index)
    .toSorted((one, other) => (String(one["name"]) < String(other["name"]) ? -1 : 1));
}

function kindOf(type: string | undefined): FoundCollection["type"] {
  return type === "view" || type === "timeseries" ? type : "collection";
}
