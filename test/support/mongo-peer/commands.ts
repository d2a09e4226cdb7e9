import { BSON } from "mongodb";
import type { Document } from "mongodb";
import { answerUserCommand } from "./user-commands.ts";
import { asIndex, writeCursor } from "./messages.ts";
import type { Request } from "./messages.ts";
import { describeCollection, findCollection, makeCollection } from "./store.ts";
import type { PeerStore } from "./store.ts";

/** The server's own no, as error_codes.yml numbers it. */
export class PeerError extends Error {
  readonly code: number;
  readonly codeName: string;

  constructor(code: number, codeName: string, message: string) {
    super(message);
    this.code = code;
    this.codeName = codeName;
  }
}

export interface PeerState {
  readonly store: PeerStore;
  /** What a cursor has still to give. */
  readonly cursors: Map<string, Uint8Array[]>;
  readonly connectionId: number;
}

const batchSize = 101;

/** The answer's bytes. Throws `PeerError`. */
export function answerCommand(request: Request, state: PeerState): Uint8Array {
  const answer =
    answerHousekeeping(request, state) ??
    answerUserCommand(request, state.store) ??
    answerData(request, state);
  if (answer === null) throw new PeerError(59, "CommandNotFound", `no such command: '${request.name}'`);
  return answer instanceof Uint8Array ? answer : BSON.serialize({ ...answer, ok: 1 });
}

function answerHousekeeping({ name }: Request, { store, connectionId }: PeerState): Document | null {
  switch (name) {
    case "hello":
    case "ismaster":
    case "isMaster":
      // Without logicalSessionTimeoutMinutes and topologyVersion: no sessions, no streamed hellos. Without SCRAM: nobody logs in.
      return {
        helloOk: true,
        ismaster: true,
        isWritablePrimary: true,
        maxBsonObjectSize: 16_777_216,
        maxMessageSizeBytes: 48_000_000,
        maxWriteBatchSize: 100_000,
        localTime: new Date(),
        connectionId,
        minWireVersion: 0,
        maxWireVersion: 21,
        readOnly: false,
      };
    case "ping":
    case "endSessions":
    case "killAllSessions":
    case "killOp":
      return {};
    case "currentOp":
      return { inprog: [] };
    case "listDatabases":
      return { databases: [...store.databases.keys()].map((each) => ({ name: each })) };
    default:
      return null;
  }
}

function answerData(request: Request, state: PeerState): Document | Uint8Array | null {
  const { name, body, typed, database, documents } = request;
  const { store } = state;
  const target = String(body[name]);
  const collections = store.databases.get(database);
  switch (name) {
    case "create": {
      if (collections?.has(target)) throw new PeerError(48, "NamespaceExists", `${target} already exists`);
      makeCollection(store, database, target, optionsOf(typed));
      return {};
    }
    case "insert":
      if (database === "admin" && target === "system.users") return insertUsers(documents, store);
      return insert(request, store, target);
    case "find":
      return firstBatch(
        state,
        `${database}.${target}`,
        findCollection(store, database, target)?.documents ?? [],
      );
    case "getMore":
      return nextBatch(state, `${database}.${String(body["collection"])}`, String(body[name]));
    case "killCursors":
      return {};
    case "listCollections": {
      const found = [...(collections ?? [])].map(([each, it]) =>
        BSON.serialize(describeCollection(each, it)),
      );
      return firstBatch(state, `${database}.$cmd.listCollections`, found);
    }
    case "listIndexes": {
      const found = findCollection(store, database, target);
      if (found === undefined) throw new PeerError(26, "NamespaceNotFound", `ns does not exist: ${target}`);
      return firstBatch(state, `${database}.${target}`, found.indexes);
    }
    case "createIndexes": {
      const collection = makeCollection(store, database, target);
      collection.indexes.push(...request.indexes.map(asIndex));
      return { numIndexesAfter: collection.indexes.length };
    }
    case "dbStats":
      return { dataSize: sizeOf(store, database) };
    case "drop":
      if (collections?.delete(target) !== true) throw new PeerError(26, "NamespaceNotFound", "ns not found");
      if (collections.size === 0) store.databases.delete(database);
      return {};
    case "dropDatabase":
      store.databases.delete(database);
      return { dropped: database };
    case "renameCollection":
      return rename(store, target, String(body["to"]));
    default:
      return null;
  }
}

/** Each document must have an `_id` that no other has. */
function insert({ documents, database }: Request, store: PeerStore, target: string): Document {
  const collection = makeCollection(store, database, target);
  const ids = new Set(collection.documents.map(idOf));
  for (const [index, document] of documents.entries()) {
    if (ids.has(idOf(document))) {
      const errmsg = `E11000 duplicate key error collection: ${database}.${target} index: _id_`;
      return { n: index, writeErrors: [{ index, code: 11000, errmsg }] };
    }
    ids.add(idOf(document));
    collection.documents.push(document);
  }
  return { n: documents.length };
}

function insertUsers(documents: readonly Uint8Array[], store: PeerStore): Document {
  for (const each of documents) store.users.push(BSON.deserialize(each));
  return { n: documents.length };
}

function idOf(document: Uint8Array): string {
  return BSON.EJSON.stringify(BSON.deserialize(document)["_id"] ?? null);
}

function firstBatch(state: PeerState, ns: string, documents: readonly Uint8Array[]): Uint8Array {
  const rest = documents.slice(batchSize);
  const id = rest.length === 0 ? 0n : BigInt(state.cursors.size + 1);
  if (rest.length > 0) state.cursors.set(String(id), rest);
  return writeCursor({ id, ns, batch: "firstBatch" }, documents.slice(0, batchSize));
}

function nextBatch(state: PeerState, ns: string, cursor: string): Uint8Array {
  const waiting = state.cursors.get(cursor);
  if (waiting === undefined) throw new PeerError(43, "CursorNotFound", `cursor id ${cursor} not found`);
  const batch = waiting.splice(0, batchSize);
  const id = waiting.length === 0 ? 0n : BigInt(cursor);
  return writeCursor({ id, ns, batch: "nextBatch" }, batch);
}

/** What stands beside the command itself: its options, without what every command may bear. */
function optionsOf(typed: Document): Document {
  const generic = new Set(["create", "lsid", "writeConcern", "readConcern", "comment", "maxTimeMS"]);
  return Object.fromEntries(
    Object.entries(typed).filter(([key]) => !generic.has(key) && !key.startsWith("$")),
  );
}

function rename(store: PeerStore, from: string, to: string): Document {
  const [database = "", name = ""] = splitNamespace(from);
  const [toDatabase = "", toName = ""] = splitNamespace(to);
  const found = findCollection(store, database, name);
  if (found === undefined) throw new PeerError(26, "NamespaceNotFound", "source namespace does not exist");
  store.databases.get(database)?.delete(name);
  const collections = store.databases.get(toDatabase) ?? new Map<string, typeof found>();
  store.databases.set(toDatabase, collections.set(toName, found));
  return {};
}

function splitNamespace(ns: string): readonly string[] {
  const dot = ns.indexOf(".");
  return [ns.slice(0, dot), ns.slice(dot + 1)];
}

function sizeOf(store: PeerStore, database: string): number {
  const all = [...(store.databases.get(database)?.values() ?? [])].flatMap(({ documents }) => documents);
  return all.reduce((sum, each) => sum + each.length, 0);
}
