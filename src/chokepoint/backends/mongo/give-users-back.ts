import { MongoServerError } from "mongodb";
import type { Document } from "mongodb";
import { OpsError } from "../../../errors.ts";
import { durable } from "./connect.ts";
import type { MongoSession } from "./connect.ts";
import { explained, explainMongo } from "./explain-mongo.ts";
import { takeFenceDown } from "./fence.ts";
import type { Saved } from "./saved.ts";
import { findUsers } from "./users.ts";

/**
 * Puts users that were dropped back as they stood, credentials included: createUser takes no credentials, so their documents are inserted into
 * `admin.system.users`, which the role `restore` allows (a sharded cluster's mongos does not). One that the server does not take is
 * not given back, and the note says so. Users that were not dropped get their roles.
 */
export async function giveUsersBack(
  session: MongoSession,
  saved: Saved,
  documents: readonly Document[],
  nameOf: (database: string) => string,
): Promise<readonly string[]> {
  const notes: string[] = [];
  for (const { user, db, id } of saved.users) {
    const [found] = await explained(() => findUsers(session, [{ user, db }]));
    if (found !== undefined && found.id !== id)
      throw new OpsError(
        "name-in-use",
        `there is another user ${user} in ${db} by now`,
        "drop or rename it first",
      );
    if (found !== undefined) continue;
    const document = documents.find((each) => each["user"] === user && each["db"] === db);
    notes.push(...(await insertUser(session, { user, db }, document, nameOf)));
  }
  await takeFenceDown(session, renamed(saved, nameOf));
  return notes;
}

async function insertUser(
  { client }: MongoSession,
  { user, db }: { readonly user: string; readonly db: string },
  document: Document | undefined,
  nameOf: (database: string) => string,
): Promise<readonly string[]> {
  const lost = `user ${user} of ${db} is not given back`;
  const mend = "make it with createUser and a new password";
  if (document === undefined) return [`${lost}: custody could not read its credentials; ${mend}`];
  const roles = (Array.isArray(document["roles"]) ? document["roles"] : []).map((each: Document) => ({
    ...each,
    db: nameOf(String(each["db"])),
  }));
  try {
    const answer = await client
      .db("admin")
      .command({ insert: "system.users", documents: [{ ...document, roles }], ordered: true, ...durable });
    const [failed] = answer["writeErrors"] ?? [];
    return failed === undefined ? [] : [`${lost}: ${failed.errmsg}; ${mend}`];
  } catch (cause) {
    if (!(cause instanceof MongoServerError)) throw explainMongo(cause);
    return [`${lost}: the server says ${cause.message}; ${mend}`];
  }
}

function renamed(saved: Saved, nameOf: (database: string) => string): Saved {
  const rename = <T extends Saved["others"][number]>(each: T): T => ({
    ...each,
    roles: each.roles.map(({ role, db }) => ({ role, db: nameOf(db) })),
  });
  return { ...saved, users: saved.users.map(rename), others: saved.others.map(rename) };
}
