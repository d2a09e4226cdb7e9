import { randomBytes } from "node:crypto";
import { BSON } from "mongodb";
import type { Document } from "mongodb";

export interface PeerCollection {
  readonly uuid: BSON.Binary;
  readonly type: "collection" | "view" | "timeseries";
  readonly options: Document;
  readonly documents: Uint8Array[];
  readonly indexes: Uint8Array[];
}

/** What a server holds, in memory. */
export interface PeerStore {
  readonly databases: Map<string, Map<string, PeerCollection>>;
  /** As in `admin.system.users`. */
  readonly users: Document[];
}

export function newUuid(): BSON.Binary {
  return new BSON.Binary(randomBytes(16), BSON.Binary.SUBTYPE_UUID);
}

/** A server makes `admin.system.version` with its data. */
export function openStore(): PeerStore {
  const store: PeerStore = { databases: new Map(), users: [] };
  makeCollection(store, "admin", "system.version");
  return store;
}

export function findCollection(store: PeerStore, database: string, name: string): PeerCollection | undefined {
  return store.databases.get(database)?.get(name);
}

/** As an insert makes it, where it is not there. */
export function makeCollection(
  store: PeerStore,
  database: string,
  name: string,
  options: Document = {},
): PeerCollection {
  const existing = findCollection(store, database, name);
  if (existing !== undefined) return existing;
  const type = "viewOn" in options ? "view" : "timeseries" in options ? "timeseries" : "collection";
  const made: PeerCollection = {
    uuid: newUuid(),
    type,
    options,
    documents: [],
    indexes: type === "collection" ? [BSON.serialize({ v: 2, key: { _id: 1 }, name: "_id_" })] : [],
  };
  const collections = store.databases.get(database) ?? new Map<string, PeerCollection>();
  collections.set(name, made);
  store.databases.set(database, collections);
  return made;
}

/** The entry of listCollections. */
export function describeCollection(name: string, { type, options, uuid }: PeerCollection): Document {
  return {
    name,
    type,
    options,
    info: type === "view" ? { readOnly: true } : { readOnly: false, uuid },
    ...(type === "collection" ? { idIndex: { v: 2, key: { _id: 1 }, name: "_id_" } } : {}),
  };
}
