import { z } from "zod";
import type { ServerRefusal } from "../../backend.ts";
import type { Subject } from "../../statements/statement-eyes.ts";
import type { MongoSession } from "./connect.ts";
import { explained, mongoCodes } from "./explain-mongo.ts";
import { listUsers } from "./users.ts";

/**
 * What the server would answer to a session of these names that destroys this itself, by the privileges that `usersInfo` shows
 * (https://www.mongodb.com/docs/manual/reference/command/usersInfo/). In which database a user is defined is not known here: everybody of the name must be
 * allowed to; a name that is nobody's is not who speaks. Nobody may what he wants where the server logs nobody in.
 */
export async function refuseDestroyer(
  session: MongoSession,
  { part, name }: Subject,
  names: readonly string[],
  database: string,
): Promise<ServerRefusal | null> {
  if (part !== "database" && part !== "user")
    return no(mongoCodes.unauthorized, `custody cannot tell who may drop a ${part}`);
  if (part === "user" && database !== "admin")
    return no(
      mongoCodes.unauthorized,
      "custody fences users that admin defines, and no others by name alone",
    );
  const wanted =
    part === "database" ? { action: "dropDatabase", on: name } : { action: "dropUser", on: "admin" };
  const refusal = no(
    mongoCodes.unauthorized,
    `not authorized on ${wanted.on} to execute command ${wanted.action}`,
  );
  return await explained(async () => {
    const users = await listUsers(session);
    const spoken = names.filter((each) => each !== "");
    if (spoken.length === 0) return (await logsNobodyIn(session)) ? null : refusal;
    const meant = users.filter(({ user }) => spoken.includes(user)).map(({ user, db }) => ({ user, db }));
    if (meant.length === 0) return refusal;
    const answer = await session.client.db("admin").command({ usersInfo: meant, showPrivileges: true });
    const found = usersSchema.parse(answer).users;
    const mayAll = found.every(({ inheritedPrivileges }) =>
      inheritedPrivileges.some((each) => allows(each, wanted)),
    );
    return found.length >= meant.length && mayAll ? null : refusal;
  });
}

const privilegeSchema = z.object({
  resource: z.looseObject({
    db: z.string().optional(),
    collection: z.string().optional(),
    anyResource: z.boolean().optional(),
  }),
  actions: z.array(z.string()),
});
type Privilege = z.infer<typeof privilegeSchema>;

const usersSchema = z.object({
  users: z.array(z.object({ inheritedPrivileges: z.array(privilegeSchema).default([]) })),
});

/** https://www.mongodb.com/docs/manual/reference/resource-document/: `{db: "", collection: ""}` is every database but these two. */
const apart: ReadonlySet<string> = new Set(["local", "config"]);

function allows(
  { resource: { db, collection, anyResource }, actions }: Privilege,
  wanted: { readonly action: string; readonly on: string },
): boolean {
  if (!actions.includes(wanted.action)) return false;
  if (anyResource === true) return true;
  return collection === "" && (db === wanted.on || (db === "" && !apart.has(wanted.on)));
}

const statusSchema = z.object({ authInfo: z.object({ authenticatedUsers: z.array(z.unknown()) }) });

/** custody has read its users, and is nobody there itself: a server with authorization refuses that. */
async function logsNobodyIn({ client }: MongoSession): Promise<boolean> {
  const status = statusSchema.parse(await client.db("admin").command({ connectionStatus: 1 }));
  return status.authInfo.authenticatedUsers.length === 0;
}

function no(code: number, message: string): ServerRefusal {
  return { code: String(code), message, hint: null, isPassing: false };
}
