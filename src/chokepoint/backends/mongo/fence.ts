import { TargetRefused } from "../../target-refusal.ts";
import type { MongoSession } from "./connect.ts";
import { explained, mongoCodes, unlessCode } from "./explain-mongo.ts";
import type { Saved, SavedUser } from "./saved.ts";
import { findUsers, rolesOutside, sameRoles, setRoles } from "./users.ts";
import type { FoundUser, Role } from "./users.ts";

/** What a user may still do behind the fence. */
export function fencedRoles(user: SavedUser, saved: Saved): readonly Role[] {
  const isNamed = saved.users.some(({ id }) => id === user.id);
  return isNamed
    ? []
    : rolesOutside(
        user.roles,
        saved.databases.map(({ name }) => name),
      );
}

/** Whether one of the roles is on a database of the resource. */
export function hasRolesOn(roles: readonly Role[], { databases }: Saved): boolean {
  const names = databases.map(({ name }) => name);
  return rolesOutside(roles, names).length < roles.length;
}

/**
 * Takes the roles, then ends the sessions: an open connection has only what its user has. Users keep their credentials on the server,
 * so that the way back needs none. Finishes what was cut off. Throws `TargetRefused` where a user is another one by now.
 */
export async function putFenceUp(session: MongoSession, saved: Saved): Promise<void> {
  for (const user of [...saved.users, ...saved.others]) {
    const found = await findSame(session, user);
    const wanted = fencedRoles(user, saved);
    if (found !== null && !sameRoles(found.roles, wanted)) await setRoles(session, user, wanted);
  }
  await endSessions(session, saved);
}

/** Gives every user that is still there its roles back. */
export async function takeFenceDown(session: MongoSession, saved: Saved): Promise<void> {
  for (const user of [...saved.others, ...saved.users]) {
    const found = await findSame(session, user);
    if (found !== null && !sameRoles(found.roles, user.roles)) await setRoles(session, user, user.roles);
  }
}

/** The user of this very id; null where it is gone. Throws where its name is another's. */
async function findSame(session: MongoSession, user: SavedUser): Promise<FoundUser | null> {
  const [found] = await explained(() => findUsers(session, [{ user: user.user, db: user.db }]));
  if (found === undefined) return null;
  if (found.id === user.id) return found;
  throw new TargetRefused({
    code: "identity-changed",
    message: `user ${user.user} of ${user.db} was made again since it was looked at`,
    hint: "ask for a new drop of what is there now",
    isPassing: false,
  });
}

/** Where custody may not end sessions they go on, without a role: what they ask is refused. */
async function endSessions({ client }: MongoSession, saved: Saved): Promise<void> {
  const users = [...saved.users, ...saved.others].map(({ user, db }) => ({ user, db }));
  if (users.length === 0) return;
  await explained(() =>
    unlessCode(mongoCodes.unauthorized, {}, () => client.db("admin").command({ killAllSessions: users })),
  );
}
