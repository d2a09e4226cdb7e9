import type { StandingFacts } from "../../backend.ts";
import { listCollections } from "./collections.ts";
import type { MongoSession } from "./connect.ts";
import { explained } from "./explain-mongo.ts";
import { fencedRoles, hasRolesOn } from "./fence.ts";
import type { Saved, SavedUser } from "./saved.ts";
import { findUsers, sameRoles } from "./users.ts";
import type { Role } from "./users.ts";

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
  const main = databases.length > 0 ? databases.map(({ isThere }) => isThere) : named;
  const witness = {
    databases: databases.map(({ name, isThere }) => ({ name, there: isThere })),
    users: same.map(({ user, now }) => ({ user: user.user, db: user.db, roles: now.roles.length })),
  };
  if (![...main, ...named].some(Boolean)) return { standing: "gone", witness };
  // A user that is gone beside its database was removed by somebody: an undo makes it again.
  if (!main.every(Boolean)) return { standing: "half-destroyed", witness };
  const fences = same
    .filter(({ user }) => !sameRoles(user.roles, fencedRoles(user, saved)))
    .map(({ user, now }) => isBehind(user, now.roles, saved));
  if (fences.every(Boolean)) return { standing: "fenced", witness };
  return { standing: fences.some(Boolean) ? "fencing" : "intact", witness };
}

/** An undo of the database under another name gives roles there: the fence is that none is left where the drop took them. */
function isBehind(user: SavedUser, roles: readonly Role[], saved: Saved): boolean {
  const isOn = (each: readonly Role[]): boolean => hasRolesOn(each, saved);
  return sameRoles(roles, fencedRoles(user, saved)) || (isOn(user.roles) && !isOn(roles));
}
