import type { StandingFacts } from "../../backend.ts";
import type { Permit } from "../../permit.ts";
import { TargetRefused } from "../../target-refusal.ts";
import { durable } from "./connect.ts";
import type { MongoSession } from "./connect.ts";
import { explained, mongoCodes, unlessCode } from "./explain-mongo.ts";
import type { Saved } from "./saved.ts";
import { readStanding, standingOfDatabases } from "./standing.ts";
import { findUsers } from "./users.ts";

/**
 * Drops the users, then the databases: a user that is left is worse than a database. What is gone is passed over; a user or a database of
 * the same name that is another's is left alone. Throws `TargetRefused` where a database holds collections that this drop is not about.
 */
export async function dropResource(
  session: MongoSession,
  permit: Permit,
  saved: Saved,
): Promise<StandingFacts> {
  const isPurge = permit.event === "drop.purge_started";
  const inUse = isPurge ? await namesInUse(session, saved) : new Set<string>();
  const there = (await standingOfDatabases(session, saved)).filter(({ isThere }) => isThere);
  // Roles on a database that was made anew under its name say nothing of this one.
  const isAllInUse =
    saved.databases.length > 0
      ? there.length > 0 && there.every(({ name }) => inUse.has(name))
      : inUse.size > 0;
  if (isAllInUse)
    throw new TargetRefused({
      code: "fence-missing",
      message: "the resource is not behind its fence any more",
      hint: "somebody gave the roles back around custody: ask for a new drop",
      isPassing: false,
    });
  for (const { name, isThere, strangers } of await standingOfDatabases(session, saved))
    if (isThere && strangers.length > 0)
      throw new TargetRefused({
        code: "collections-added",
        message: `database ${name} holds collections that were made since: ${strangers.slice(0, 5).join(", ")}`,
        hint: "ask for a new drop of what is there now",
        isPassing: false,
      });
  for (const { user, db, id } of saved.users) {
    const [found] = await explained(() => findUsers(session, [{ user, db }]));
    // What came back under another name has its user: that one has roles there.
    const isElsewhere = isPurge && (found?.roles.length ?? 0) > 0;
    if (found?.id === id && !isElsewhere)
      await explained(() =>
        unlessCode(mongoCodes.userNotFound, {}, () =>
          session.client.db(db).command({ dropUser: user, ...durable }),
        ),
      );
  }
  for (const { name, isThere } of await standingOfDatabases(session, saved))
    if (isThere && !inUse.has(name))
      await explained(() => session.client.db(name).command({ dropDatabase: 1, ...durable }));
  return await readStanding(session, saved);
}

/** The databases on which somebody has roles again: given back around custody, or by an undo. Of a user alone, the user. */
async function namesInUse(session: MongoSession, saved: Saved): Promise<ReadonlySet<string>> {
  const users = [...saved.users, ...saved.others];
  const found = await explained(() =>
    findUsers(
      session,
      users.map(({ user, db }) => ({ user, db })),
    ),
  );
  const roles = found.filter(({ id }) => users.some((each) => each.id === id)).flatMap((each) => each.roles);
  return new Set(roles.map(({ db }) => db));
}
