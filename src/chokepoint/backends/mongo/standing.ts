import type { StandingFacts } from "../../backend.ts";
import { listCollections } from "./collections.ts";
import type { MongoSession } from "./connect.ts";
import { explained } from "./explain-mongo.ts";
import { fencedRoles } from "./fence.ts";
import type { Saved } from "./saved.ts";
import { findUsers, sameRoles } from "./users.ts";

/** Where a database stands: told by the UUIDs of its collections. */
export interface DatabaseStanding {
  readonly name: string;
  readonly isThere: boolean;
  /** Collections that were not there when the drop was planned. */
  readonly strangers: readonly string[];
}

export async function standingOfDatabases(
  session: MongoSession,
  saved: Saved,
): Promise<readonly DatabaseStanding[]> {
  const all: DatabaseStanding[] = [];
  for (const { name, uuids } of saved.databases) {
    const found = await listCollections(session, name);
    all.push({
      name,
      // One of views alone has no identity but its name.
      isThere: found.some(({ uuid }) => (uuid === null ? uuids.length === 0 : uuids.includes(uuid))),
      strangers: found.flatMap((each) =>
        each.uuid === null || uuids.includes(each.uuid) ? [] : [each.name],
      ),
    });
  }
  return all;
}

export async function readStanding(session: MongoSession, saved: Saved): Promise<StandingFacts> {
  const databases = await standingOfDatabases(session, saved);
  const users = [...saved.users, ...saved.others];
  const found = await explained(() =>
    findUsers(
      session,
      users.map(({ user, db }) => ({ user, db })),
    ),
  );
  const same = users.flatMap((user) => {
    const now = found.find(({ id }) => id === user.id);
    return now === undefined ? [] : [{ user, now }];
  });
  const named = saved.users.map(({ id }) => same.some(({ user }) => user.id === id));
  const there = [...databases.map(({ isThere }) => isThere), ...named];
  const witness = {
    databases: databases.map(({ name, isThere }) => ({ name, there: isThere })),
    users: same.map(({ user, now }) => ({ user: user.user, db: user.db, roles: now.roles.length })),
  };
  if (!there.some(Boolean)) return { standing: "gone", witness };
  if (!there.every(Boolean)) return { standing: "half-destroyed", witness };
  const fences = same
    .filter(({ user }) => !sameRoles(user.roles, fencedRoles(user, saved)))
    .map(({ user, now }) => sameRoles(now.roles, fencedRoles(user, saved)));
  if (fences.every(Boolean)) return { standing: "fenced", witness };
  return { standing: fences.some(Boolean) ? "fencing" : "intact", witness };
}
