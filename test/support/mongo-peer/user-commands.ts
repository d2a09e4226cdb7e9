import type { Document } from "mongodb";
import { PeerError } from "./commands.ts";
import type { Request } from "./messages.ts";
import { newUuid } from "./store.ts";
import type { PeerStore } from "./store.ts";

/** Users as MongoDB's manual describes them; null: it is none of these commands. */
export function answerUserCommand({ name, body, database }: Request, store: PeerStore): Document | null {
  const named = String(body[name]);
  const found = store.users.find(({ user, db }) => user === named && db === database);
  switch (name) {
    case "createUser": {
      if (found !== undefined)
        throw new PeerError(51003, "Location51003", `User "${named}@${database}" already exists`);
      const credentials = {
        "SCRAM-SHA-256": { iterationCount: 15_000, salt: "c2FsdA==", storedKey: `of ${body["pwd"]}` },
      };
      const roles = rolesOf(body, database);
      store.users.push({
        _id: `${database}.${named}`,
        userId: newUuid(),
        user: named,
        db: database,
        credentials,
        roles,
      });
      return {};
    }
    case "updateUser":
      if (found === undefined) throw notFound(named, database);
      if (body["roles"] !== undefined) found["roles"] = rolesOf(body, database);
      return {};
    case "dropUser":
      if (found === undefined) throw notFound(named, database);
      store.users.splice(store.users.indexOf(found), 1);
      return {};
    case "usersInfo":
      return {
        users: selectUsers(body[name], store).map((each) => ({
          ...shown(each, body["showCredentials"] === true),
          ...(body["showPrivileges"] === true ? { inheritedPrivileges: privilegesOf(each["roles"]) } : {}),
        })),
      };
    case "connectionStatus":
      return { authInfo: { authenticatedUsers: [], authenticatedUserRoles: [] } };
    default:
      return null;
  }
}

function rolesOf({ roles }: Document, database: string): readonly Document[] {
  return roles.map((each: unknown) => (typeof each === "string" ? { role: each, db: database } : each));
}

function selectUsers(wanted: unknown, store: PeerStore): readonly Document[] {
  if (!Array.isArray(wanted)) return store.users;
  return store.users.filter(({ user, db }) => wanted.some((each) => each.user === user && each.db === db));
}

function shown({ credentials, ...user }: Document, withCredentials: boolean): Document {
  return { ...user, mechanisms: Object.keys(credentials), ...(withCredentials ? { credentials } : {}) };
}

/** Some of https://www.mongodb.com/docs/manual/reference/built-in-roles/. */
function privilegesOf(roles: readonly Document[]): readonly Document[] {
  return roles.flatMap(({ role, db }): readonly Document[] => {
    const whole = { db, collection: "" };
    const everywhere = { db: "", collection: "" };
    switch (role) {
      case "dbOwner":
        return [{ resource: whole, actions: ["dropDatabase", "dropUser", "find", "insert"] }];
      case "dbAdminAnyDatabase":
        return [{ resource: everywhere, actions: ["dropDatabase"] }];
      case "userAdminAnyDatabase":
        return [{ resource: everywhere, actions: ["dropUser", "createUser"] }];
      case "readWrite":
        return [{ resource: whole, actions: ["find", "insert", "dropCollection"] }];
      case "one":
        return [{ resource: { db, collection: "orders" }, actions: ["dropDatabase"] }];
      case "__system":
        return [{ resource: { anyResource: true }, actions: ["dropDatabase", "dropUser"] }];
      default:
        return [];
    }
  });
}

function notFound(user: string, database: string): PeerError {
  return new PeerError(11, "UserNotFound", `User '${user}@${database}' not found`);
}
