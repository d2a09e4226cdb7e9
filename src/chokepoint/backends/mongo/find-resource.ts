import type { FoundPart, Identity } from "../../drop.ts";
import { listCollections } from "./collections.ts";
import type { FoundCollection } from "./collections.ts";
import { systemIdentifierOf } from "./system-identifier.ts";
import type { MongoSession } from "./connect.ts";
import { explained } from "./explain-mongo.ts";
import type { Place } from "./place.ts";
import { findUsers, listUsers } from "./users.ts";
import type { FoundUser } from "./users.ts";
import type { Part } from "../../resource.ts";

export interface FoundDatabase {
  readonly part: Part;
  readonly name: string;
  readonly sizeBytes: number;
  readonly collections: readonly FoundCollection[];
}

export interface Found {
  readonly databases: readonly FoundDatabase[];
  readonly users: readonly (FoundUser & { readonly part: Part })[];
  /** Not named, with roles on the databases: the fence takes those roles. */
  readonly others: readonly FoundUser[];
}

/** What is there of a resource. */
export async function findResource(session: MongoSession, place: Place): Promise<Found> {
  const databases: FoundDatabase[] = [];
  for (const { part, name } of place.databases) {
    const collections = await listCollections(session, name);
    if (collections.length > 0)
      databases.push({ part, name, collections, sizeBytes: await sizeOf(session, name) });
  }
  const users: Found["users"][number][] = [];
  for (const { part, name, in: where } of place.users) {
    const found = await explained(() =>
      findUsers(
        session,
        where.map((db) => ({ user: name, db })),
      ),
    );
    users.push(...found.map((each) => ({ ...each, part })));
  }
  const names = databases.map(({ name }) => name);
  const all = names.length === 0 ? [] : await explained(() => listUsers(session));
  const others = all.filter(
    (each) =>
      !users.some(({ user, db }) => user === each.user && db === each.db) &&
      each.roles.some(({ db }) => names.includes(db)),
  );
  return { databases, users, others };
}

async function sizeOf({ client }: MongoSession, name: string): Promise<number> {
  const stats = await explained(() => client.db(name).command({ dbStats: 1 }));
  return Number(stats["dataSize"] ?? 0);
}

/** A database has nothing better than its name: its collections have, and are asked for at every step. */
export async function identityOf(session: MongoSession, found: Found): Promise<Identity> {
  const parts: readonly FoundPart[] = [
    ...found.databases.map(({ part, name, sizeBytes }) => ({ part, name, id: name, sizeBytes })),
    ...found.users.map(({ part, user, id }) => ({ part, name: user, id, sizeBytes: null })),
  ];
  return { systemIdentifier: await systemIdentifierOf(session), parts };
}
