import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { hole } from "../../../src/destruction/destruction.ts";
import type { DestructionKind } from "../../../src/destruction/kinds.ts";
import { judgeMongoCommand, judgeMongoScript } from "../../../src/destruction/mongo/judge-mongo.ts";

function judged(script: string): readonly string[] {
  const found = judgeMongoScript(script.replaceAll("§", hole));
  return found.map(({ kind, what, names, certainty }) => [kind, what, ...names, certainty].join(" "));
}

describe("scripts that destroy", () => {
  test.each([
    ["db.dropDatabase()", "mongo-database dropDatabase() certain"],
    ["use shop\ndb.dropDatabase()", "mongo-database dropDatabase() shop certain"],
    [`db.getSiblingDB('shop').dropDatabase()`, "mongo-database dropDatabase() shop certain"],
    [`db.getSiblingDB("§").dropDatabase();`, "mongo-database dropDatabase() … certain"],
    ["db.getSiblingDB(`db_${token}`).dropDatabase()", "mongo-database dropDatabase() db_… certain"],
    [`db . getSiblingDB ( name ) /* x */ . dropDatabase ( )`, "mongo-database dropDatabase() … certain"],
    [`conn.getDB("shop").dropDatabase()`, "mongo-database dropDatabase() shop certain"],
    [`new Mongo(uri).getDB("shop").dropDatabase()`, "mongo-database dropDatabase() shop certain"],
    [
      "names.forEach(function (n) { db.getSiblingDB(n).dropDatabase() })",
      "mongo-database dropDatabase() … certain",
    ],
    ["db = db.getSiblingDB('shop');\ndb.dropDatabase();", "mongo-database dropDatabase() shop certain"],
    [
      "const shop = db.getSiblingDB(`db_${t}`);\nshop.dropDatabase()",
      "mongo-database dropDatabase() db_… certain",
    ],
    ["const shop = conn.getDB('shop'); shop.orders.drop()", "collection drop() orders certain"],
    ["db.orders.bulkWrite([{deleteMany: {filter: {}}}])", "collection deleteMany({}) orders certain"],
    ["db.runCommand({dropDatabase: 1})", "mongo-database dropDatabase certain"],
    [`db.runCommand({"dropDatabase": 1, comment: "x"})`, "mongo-database dropDatabase certain"],
    [`db.getSiblingDB("shop").runCommand("dropDatabase")`, "mongo-database dropDatabase shop certain"],
    [`db.dropUser("usr_1")`, "mongo-user dropUser() usr_1 certain"],
    [`db.getSiblingDB("admin").dropUser(name)`, "mongo-user dropUser() … certain"],
    [`db.removeUser("usr_1")`, "mongo-user removeUser() usr_1 certain"],
    ["db.dropAllUsers()", "mongo-user dropAllUsers() certain"],
    [`db.dropRole("reader")`, "mongo-user dropRole() reader certain"],
    ["db.runCommand({dropAllUsersFromDatabase: 1})", "mongo-user dropAllUsersFromDatabase certain"],
    ["db.orders.drop()", "collection drop() orders certain"],
    ["db.orders.archive.drop()", "collection drop() orders.archive certain"],
    [`db["orders"].drop()`, "collection drop() orders certain"],
    [`db.getCollection("orders").drop({writeConcern: {w: 1}})`, "collection drop() orders certain"],
    ["db.getCollection(name).drop()", "collection drop() … certain"],
    ["const c = db.orders; c.drop()", "collection drop() likely"],
    ["db.orders.deleteMany({})", "collection deleteMany({}) orders certain"],
    ["db.orders.remove({})", "collection remove({}) orders certain"],
    ["db.orders.remove()", "collection remove() orders certain"],
    [`db.runCommand({delete: "orders", deletes: [{q: {}, limit: 0}]})`, "collection delete certain"],
    [`db.orders.renameCollection("kept", true)`, "collection renameCollection(…, true) orders certain"],
    ["db.adminCommand({shutdown: 1})", "functional shutdown certain"],
    ["db.adminCommand({applyOps: ops})", "opaque applyOps certain"],
    [`db.orders.aggregate([{$match: {}}, {$out: "kept"}])`, "collection aggregate $out orders likely"],
    ["let a = b / c; db.dropDatabase() // d", "mongo-database dropDatabase() certain"],
  ])("%s", (script, expected) => {
    expect(judged(script)).toEqual([expected]);
  });

  test("where it stands", () => {
    expect(judgeMongoScript("print(1); db.dropDatabase()")[0]?.at).toBe(13);
  });
});

describe("scripts that do not", () => {
  test.each([
    "// db.dropDatabase()",
    "/* db.dropDatabase() */ print(1)",
    `print("db.dropDatabase()")`,
    "print('it\\'s db.dropDatabase()')",
    "const s = `db.dropDatabase()`",
    "if (/db.dropDatabase()/.test(s)) print(1)",
    "db.orders.deleteMany({status: 'gone'})",
    "db.orders.remove({_id: 1})",
    "db.orders.remove({}, true)",
    "db.orders.remove({}, {justOne: true})",
    "db.orders.deleteOne({})",
    "db.orders.dropIndex('x')",
    "db.orders.find({drop: 1})",
    "_.drop(items, 2)",
    `db.orders.renameCollection("kept")`,
    `db.runCommand({delete: "orders", deletes: [{q: {_id: 1}, limit: 0}]})`,
    `db.runCommand({ping: 1, note: {dropDatabase: 1}})`,
    "db.createUser({user: 'x'})",
    "dropDatabase",
  ])("%s", (script) => {
    expect(judged(script)).toEqual([]);
  });
});

describe("command documents", () => {
  test.each([
    [["dropDatabase"], "mongo-database"],
    [["dropDatabase", "writeConcern", "$db"], "mongo-database"],
    [["dropUser", "$db"], "mongo-user"],
    [["dropAllRolesFromDatabase"], "mongo-user"],
    [["drop"], "collection"],
    [["renameCollection", "to", "dropTarget"], "collection"],
    [["applyOps"], "opaque"],
    [["shutdown"], "functional"],
    [["renameCollection", "to"], null],
    [["delete", "deletes"], null],
    [["find", "dropDatabase"], null],
    [["$db", "dropDatabase"], null],
    [[], null],
  ])("%j", (keys, kind) => {
    expect(judgeMongoCommand(keys)?.kind ?? null).toBe(kind as DestructionKind | null);
  });
});

test("no script makes it throw, nor one in a string destroys", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      judgeMongoScript(text);
      expect(judgeMongoScript(`print(${JSON.stringify(`${text} db.dropDatabase()`)})`)).toEqual([]);
      expect(judgeMongoScript(`db.dropDatabase() /* ${text}`)).toHaveLength(1);
    }),
  );
});

test.each(["=/a[ ", "(", "db.a(", "`${", "/*", "db.x.drop(", "runCommand({a:"])(
  "%s, over and over, takes no time",
  (piece) => {
    const from = performance.now();
    judgeMongoScript(piece.repeat(40_000));
    expect(performance.now() - from).toBeLessThan(2000);
  },
);
