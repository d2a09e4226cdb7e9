import { BSON } from "mongodb";
import type { Document } from "mongodb";
import { z } from "zod";
import { durable } from "./connect.ts";
import type { MongoSession } from "./connect.ts";
import { explained, mongoCodes, unlessCode } from "./explain-mongo.ts";

const roleSchema = z.object({ role: z.string(), db: z.string() });
export type Role = z.infer<typeof roleSchema>;

const userSchema = z.looseObject({
  user: z.string(),
  db: z.string(),
  userId: z.unknown().optional(),
  roles: z.array(roleSchema).default([]),
});

export interface FoundUser {
  readonly user: string;
  readonly db: string;
  /** Its userId in hex: never given to another; `db.user` on servers that have none. */
  readonly id: string;
  readonly roles: readonly Role[];
  /** As the server told it; `credentials` are in it only where they were asked for. */
  readonly document: Document;
}

/** Users by name and the database that they are defined in; those that are not there are left out. */
export async function findUsers(
  session: MongoSession,
  wanted: readonly { readonly user: string; readonly db: string }[],
): Promise<readonly FoundUser[]> {
  if (wanted.length === 0) return [];
  return await askUsers(session, { usersInfo: wanted });
}

/** With their credentials, where custody's user may read them; else null. */
export async function readCredentials(
  session: MongoSession,
  users: readonly FoundUser[],
): Promise<readonly FoundUser[] | null> {
  if (users.length === 0) return [];
  const wanted = users.map(({ user, db }) => ({ user, db }));
  return await explained(() =>
    unlessCode(mongoCodes.unauthorized, null, () =>
      askUsers(session, { usersInfo: wanted, showCredentials: true }),
    ),
  );
}

/** Every user of the deployment; those of `$external` directories are not known to the server. */
export async function listUsers(session: MongoSession): Promise<readonly FoundUser[]> {
  return await askUsers(session, { usersInfo: { forAllDBs: true } });
}

async function askUsers({ client }: MongoSession, command: Document): Promise<readonly FoundUser[]> {
  const answer = await client.db("admin").command(command);
  const documents: readonly Document[] = answer["users"] ?? [];
  return documents.map((document) => {
    const { user, db, userId, roles } = userSchema.parse(document);
    return { user, db, id: idOf(userId) ?? `${db}.${user}`, roles, document };
  });
}

function idOf(value: unknown): string | null {
  return value instanceof BSON.Binary ? value.toString("hex") : null;
}

/** The roles that are left when those on the databases are taken. */
export function rolesOutside(roles: readonly Role[], databases: readonly string[]): readonly Role[] {
  return roles.filter(({ db }) => !databases.includes(db));
}

export async function setRoles(
  { client }: MongoSession,
  user: Pick<FoundUser, "user" | "db">,
  roles: readonly Role[],
): Promise<void> {
  await explained(() => client.db(user.db).command({ updateUser: user.user, roles, ...durable }));
}

export function sameRoles(one: readonly Role[], other: readonly Role[]): boolean {
  const names = (roles: readonly Role[]): string =>
    roles
      .map(({ role, db }) => JSON.stringify([db, role]))
      .toSorted()
      .join();
  return names(one) === names(other);
}
