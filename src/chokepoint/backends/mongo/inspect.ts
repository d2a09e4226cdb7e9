import type { Inspection } from "../../backend.ts";
import type { MongoSession } from "./connect.ts";
import { explained } from "./explain-mongo.ts";
import { findResource, identityOf } from "./find-resource.ts";
import type { Found } from "./find-resource.ts";
import type { Place } from "./place.ts";
import { readCredentials } from "./users.ts";

/** What a drop would meet. MongoDB itself refuses none: it drops what is in use, and so does the fence end its sessions. */
export async function inspectResource(session: MongoSession, place: Place): Promise<Inspection> {
  const found = await findResource(session, place);
  const identity = await identityOf(session, found);
  const credentials = await explained(() => readCredentials(session, found.users));
  return {
    identity,
    refusals: [],
    sizeBytes: found.databases.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    sessions: 0,
    notes: identity.parts.length === 0 ? [] : notesOf(found, credentials !== null),
  };
}

function notesOf({ databases, users, others }: Found, hasCredentials: boolean): readonly string[] {
  return [
    "MongoDB renames no database: its name, and those of its users, stay in use until the purge",
    "who reaches every database (root, readWriteAnyDatabase, roles of other databases) still reaches it",
    ...others.map(({ user, db }) => `user ${user} of ${db} loses its roles on it until it comes back`),
    ...databases.flatMap(({ name }) =>
      users.every(({ db }) => db !== name)
        ? []
        : [`users that ${name} itself defines are among those that go`],
    ),
    ...(hasCredentials || users.length === 0
      ? []
      : ["custody may not read credentials: once purged, its users come back with a new password only"]),
  ];
}
