import { afterAll, beforeAll, expect, test } from "bun:test";
import { MongoClient } from "mongodb";
import type { Subject } from "../../../../src/chokepoint/statements/statement-eyes.ts";
import { openMongo } from "../../../support/mongo-drop.ts";
import { startMongoPeer } from "../../../support/mongo-peer.ts";
import type { MongoPeer } from "../../../support/mongo-peer.ts";
import { PeerError } from "../../../support/mongo-peer/commands.ts";

// The server is a stand-in that checks no rights (test/support/mongo-peer): its privileges are those that MongoDB's manual gives to roles.
let peer: MongoPeer;
const never = new AbortController().signal;
const shop: Subject = { kind: "mongo-database", part: "database", name: "shop" };
const user: Subject = { kind: "mongo-user", part: "user", name: "usr_1" };

beforeAll(async () => {
  peer = await startMongoPeer();
  await using client = await new MongoClient(peer.url).connect();
  const made: readonly (readonly [string, string, ...{ role: string; db: string }[]])[] = [
    ["owner", "admin", { role: "dbOwner", db: "shop" }],
    ["writer", "admin", { role: "readWrite", db: "shop" }],
    ["elsewhere", "admin", { role: "dbOwner", db: "shop2" }],
    ["one_collection", "admin", { role: "one", db: "shop" }],
    ["everywhere", "admin", { role: "dbAdminAnyDatabase", db: "admin" }],
    ["keeper", "admin", { role: "userAdminAnyDatabase", db: "admin" }],
    ["system", "admin", { role: "__system", db: "admin" }],
    // One of the name may, and another may not.
    ["twin", "admin", { role: "dbOwner", db: "shop" }],
    ["twin", "shop", { role: "readWrite", db: "shop" }],
    ["usr_1", "admin", { role: "readWrite", db: "shop" }],
  ];
  for (const [name, db, ...roles] of made) await client.db(db).command({ createUser: name, pwd: "x", roles });
});
afterAll(() => peer[Symbol.asyncDispose]());

const refuse = async (subject: Subject, database: string, ...names: readonly string[]) =>
  (await openMongo(peer.url).statements?.refuseDestroyer?.(subject, names, database, never))?.code ?? null;

test.each([
  ["owner", null, "13"],
  ["writer", "13", "13"],
  ["elsewhere", "13", "13"],
  ["one_collection", "13", "13"],
  ["everywhere", null, "13"],
  ["keeper", "13", null],
  ["system", null, null],
  ["twin", "13", "13"],
  ["not_there", "13", "13"],
])("%s", async (name, database, dropsUser) => {
  expect(await refuse(shop, "shop", name)).toBe(database);
  expect(await refuse(user, "admin", name)).toBe(dropsUser);
});

test("whoever it could be must be allowed to; what is nobody's name is not who speaks", async () => {
  expect(await refuse(shop, "shop", "owner", "writer")).toBe("13");
  expect(await refuse(shop, "shop", "owner", "not_there")).toBeNull();
  expect(await refuse({ ...shop, name: "config" }, "config", "everywhere")).toBe("13");
});

test("a user that another database than admin defines is not fenced by the name of one that admin has", async () => {
  expect(await refuse(user, "shop", "system")).toBe("13");
});

test("nobody may where nobody logs in, custody neither; where custody had to, nobody may nothing", async () => {
  expect(await refuse(shop, "shop", "")).toBeNull();
  peer.fault = ({ name }) =>
    name === "connectionStatus" ? new PeerError(13, "Unauthorized", "not you") : null;
  const asked = openMongo(peer.url).statements?.refuseDestroyer?.(shop, [""], "shop", never);
  expect(await asked?.catch((error: { code?: string }) => error.code)).toBe("server-error");
  peer.fault = null;
});
