import { describe, expect, test } from "bun:test";
import { BSON } from "mongodb";
import type { Document } from "mongodb";
import { judgeCommand } from "../../../../src/destruction/mongo/wire/judge-command.ts";
import { readMessage } from "../../../../src/wire/mongo/read-message.ts";
import { message } from "../../../support/mongo-message.ts";

function judged(bytes: Buffer): readonly string[] {
  const { command } = readMessage(bytes, true);
  if (command === null) throw new Error("no command");
  return judgeCommand(command, true).map(({ kind, what, names, certainty }) =>
    [kind, what, ...names, ...(certainty === "likely" ? ["likely"] : [])].join(" | "),
  );
}

const $db = "shop";
const deletes = (q: Document, limit: unknown = 0): Document => ({
  delete: "orders",
  deletes: [{ q, limit }],
  $db,
});
const all = "unbounded-delete | delete {} | orders";

describe("what destroys", () => {
  test.each<[Document, string]>([
    [{ dropDatabase: 1, $db }, "mongo-database | dropDatabase | shop"],
    [{ dropDatabase: 1.5, comment: "x", $db }, "mongo-database | dropDatabase | shop"],
    [{ drop: "orders", $db }, "collection | drop | orders"],
    [{ dropUser: "usr_1", $db }, "mongo-user | dropUser | usr_1"],
    [{ dropAllUsersFromDatabase: 1, $db }, "mongo-user | dropAllUsersFromDatabase"],
    [{ dropRole: "reader", $db }, "mongo-user | dropRole | reader"],
    [{ dropAllRolesFromDatabase: 1, $db }, "mongo-user | dropAllRolesFromDatabase"],
    [deletes({}), all],
    [deletes({}, BSON.Long.fromNumber(0)), all],
    [deletes({}, new BSON.Double(0)), all],
    [deletes({}, BSON.Decimal128.fromString("0")), all],
    [deletes({}, false), all],
    [
      {
        delete: "orders",
        deletes: [
          { q: { a: 1 }, limit: 0 },
          { q: {}, limit: 0 },
        ],
        $db,
      },
      all,
    ],
    [{ delete: "orders", deletes: [{ limit: 0 }], $db }, all],
    [deletes({ _id: { $exists: true } }), all],
    [deletes({ _id: { $exists: 1, $ne: null } }), all],
    [deletes({ _id: { $ne: null } }), all],
    [deletes({ _id: { $nin: [] } }), all],
    [deletes({ name: { $nin: [] } }), all],
    [deletes({ _id: { $gte: new BSON.MinKey() } }), all],
    [deletes({ _id: { $lte: new BSON.MaxKey() } }), all],
    [deletes({ _id: { $not: { $exists: false } } }), all],
    [deletes({ $expr: true }), all],
    [deletes({ $expr: 1 }), all],
    [deletes({ $expr: { $literal: true } }), all],
    [deletes({ $expr: { $eq: [1, 1] } }), all],
    [deletes({ $or: [{ a: 1 }, {}] }), all],
    [deletes({ $and: [{}, { _id: { $exists: true } }] }), all],
    [deletes({ $nor: [{ _id: { $exists: false } }] }), all],
    [deletes({ $nor: [{ a: { $in: [] } }] }), all],
    [deletes({ $comment: "x" }), all],
    [deletes({ $alwaysTrue: 1 }), all],
    [deletes({ $jsonSchema: {} }), all],
    [deletes({ $where: "true" }), "opaque | delete $where | orders | likely"],
    [deletes({ $or: [{ a: 1 }, { $where: "1" }] }), "opaque | delete $where | orders | likely"],
    [
      { delete: "system.users", deletes: [{ q: { user: "x" }, limit: 1 }], $db: "admin" },
      "mongo-user | delete system.users | likely",
    ],
    [
      { findAndModify: "system.users", query: {}, remove: true, $db: "admin" },
      "mongo-user | findAndModify system.users | likely",
    ],
    [{ update: "system.users", updates: [], $db: "admin" }, "mongo-user | update system.users | likely"],
    [
      {
        bulkWrite: 1,
        ops: [{ delete: 0, filter: {}, multi: true }],
        nsInfo: [{ ns: "shop.orders" }],
        $db: "admin",
      },
      "unbounded-delete | bulkWrite delete {} | shop.orders",
    ],
    [
      { renameCollection: "shop.a", to: "shop.b", dropTarget: true, $db: "admin" },
      "collection | renameCollection … dropTarget | shop.b",
    ],
    [
      { renameCollection: "shop.a", to: "shop.b", dropTarget: 1, $db: "admin" },
      "collection | renameCollection … dropTarget | shop.b",
    ],
    [{ renameCollection: "shop.a", to: "shop.b", $db: "admin" }, "functional | renameCollection | shop.a"],
    [
      { aggregate: "a", pipeline: [{ $match: {} }, { $out: "kept" }], cursor: {}, $db },
      "collection | aggregate $out | kept",
    ],
    [
      { aggregate: 1, pipeline: [{ $out: { db: "x", coll: "kept" } }], cursor: {}, $db },
      "collection | aggregate $out | kept",
    ],
    [
      { aggregate: "a", pipeline: [{ $merge: { into: "kept", whenMatched: "replace" } }], cursor: {}, $db },
      "collection | aggregate $merge … replace | kept | likely",
    ],
    [{ mapReduce: "a", map: "", reduce: "", out: "kept", $db }, "collection | mapReduce out | kept"],
    [
      { mapreduce: "a", map: "", reduce: "", out: { replace: "kept" }, $db },
      "collection | mapReduce out | kept",
    ],
    [{ convertToCapped: "orders", size: 10, $db }, "collection | convertToCapped | orders"],
    [{ shutdown: 1, $db: "admin" }, "functional | shutdown"],
    [{ eval: "db.dropDatabase()", $db }, "opaque | eval"],
    [{ $eval: "db.dropDatabase()", $db }, "opaque | $eval"],
    [{ applyOps: [], $db: "admin" }, "opaque | applyOps"],
    [{ updateUser: "usr_1", pwd: "x", $db }, "functional | updateUser | usr_1"],
    [{ updateUser: "usr_1", roles: [], $db }, "functional | updateUser | usr_1"],
    [{ revokeRolesFromUser: "usr_1", roles: ["readWrite"], $db }, "functional | revokeRolesFromUser | usr_1"],
    [{ killAllSessions: [], $db: "admin" }, "functional | killAllSessions"],
    [
      { setParameter: 1, auditAuthorizationSuccess: false, $db: "admin" },
      "disarming | setParameter | auditAuthorizationSuccess",
    ],
    [{ configureFailPoint: "x", $db: "admin" }, "disarming | configureFailPoint | x"],
    [
      { createIndexes: "a", indexes: [{ key: { at: 1 }, name: "t", expireAfterSeconds: 0 }], $db },
      "unbounded-delete | createIndexes expireAfterSeconds | a | likely",
    ],
    [
      { collMod: "a", index: { name: "t", expireAfterSeconds: 1 }, $db },
      "unbounded-delete | collMod expireAfterSeconds | a | likely",
    ],
    [{ collMod: "a", cappedMax: 1, $db }, "collection | collMod capped | a | likely"],
    [{ _shardsvrDropDatabase: 1, $db }, "mongo-database | _shardsvrDropDatabase"],
  ])("%j", (command, expected) => {
    expect(judged(message(command))).toEqual([expected]);
  });

  test("in sequences, before and behind the body, and in both", () => {
    const bare = { delete: "orders", $db };
    const sequences = {
      deletes: [
        { q: { a: 1 }, limit: 1 },
        { q: {}, limit: 0 },
      ],
    };
    expect(judged(message(bare, { sequences }))).toEqual([all]);
    expect(judged(message(bare, { sequences, isBodyLast: true, flags: 1 }))).toEqual([all]);
    expect(judged(message(deletes({ a: 1 }), { sequences }))).toEqual([all]);
  });

  test("what other commands make of a sequence is opaque", () => {
    const sequences = { pipeline: [{ $out: "kept" }] };
    expect(judged(message({ aggregate: "a", cursor: {}, $db }, { sequences }))).toEqual([
      "opaque | aggregate with pipeline apart | likely",
    ]);
  });

  test("what of a long message was not seen is opaque, whatever its command", () => {
    // Found by mutated-clients.test.ts, seed 7.
    const bytes = message({ unknown: "a", $db }, { sequences: { stray: [{ a: "x".repeat(500) }] } });
    const { command } = readMessage(bytes.subarray(0, 300), false);
    expect(judgeCommand(command!, false).map(({ kind }) => kind)).toEqual(["opaque"]);
  });

  test("inside applyOps, however deep", () => {
    const operation = { op: "c", ns: "shop.$cmd", o: { drop: "orders" } };
    const nested = {
      op: "c",
      ns: "admin.$cmd",
      o: { applyOps: [operation, { op: "c", ns: "x.$cmd", o: { dropDatabase: 1 } }] },
    };
    expect(judged(message({ applyOps: [nested], $db: "admin" }))).toEqual([
      "collection | applyOps: applyOps: drop | orders",
      "mongo-database | applyOps: applyOps: dropDatabase | x",
      "opaque | applyOps: applyOps",
      "opaque | applyOps",
    ]);
  });
});

describe("what does not", () => {
  test.each<[Document]>([
    [{ find: "orders", filter: {}, $db }],
    [{ insert: "orders", documents: [{ dropDatabase: 1 }], $db }],
    [deletes({}, 1)],
    [deletes({ _id: 1 })],
    [deletes({ _id: { a: 1 } })],
    [deletes({ _id: { $exists: false } })],
    [deletes({ a: { $exists: true } })],
    [deletes({ $expr: { $gt: ["$price", 1] } })],
    [deletes({ $expr: false })],
    [deletes({ $or: [{ a: 1 }, { b: 1 }] })],
    [deletes({ $and: [{}, { a: 1 }] })],
    [deletes({ a: {} })],
    [{ aggregate: "a", pipeline: [{ $match: { $out: "x" } }, { $merge: { into: "b" } }], cursor: {}, $db }],
    [{ explain: { delete: "a", deletes: [{ q: {}, limit: 0 }] }, $db }],
    [{ dropIndexes: "a", index: "*", $db }],
    [{ DROPDATABASE: 1, $db }],
    [{ comment: "x", dropDatabase: 1, $db }],
    [{ mapReduce: "a", map: "", reduce: "", out: { inline: 1 }, $db }],
    [{ updateUser: "usr_1", customData: {}, $db }],
    [{ setParameter: 1, logLevel: 1, $db: "admin" }],
    [{ createIndexes: "a", indexes: [{ key: { a: 1 }, name: "a" }], $db }],
    [{ bulkWrite: 1, ops: [{ delete: 0, filter: {}, multi: false }], nsInfo: [{ ns: "a.b" }], $db }],
    [{ findAndModify: "a", query: {}, remove: true, $db }],
  ])("%j", (command) => {
    expect(judged(message(command))).toEqual([]);
  });
});
