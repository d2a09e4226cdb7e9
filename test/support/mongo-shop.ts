import { BSON } from "mongodb";
import type { Document, MongoClient } from "mongodb";
import type { MongoPeer } from "./mongo-peer.ts";

export const shop = {
  type: "mongo",
  names: { database: "db_shop", user: "usr_shop", legacy_database: "shop_old", legacy_user: "usr_old" },
} as const;

/** A customer's databases: many documents, every type, keys whose order an object would turn round, a view, options, two users, and a reader. */
export async function makeShop(client: MongoClient, documents = 300): Promise<void> {
  const db = client.db("db_shop");
  await db.createCollection("orders", {
    validator: { total: { $gte: 0 } },
    collation: { locale: "de", strength: 2 },
  });
  const orders = Array.from({ length: documents }, (_, at) => ({
    _id: at,
    total: at * 1.5,
    count: new BSON.Long(at),
    note: `order ${at} ä`,
  }));
  await db.command({ insert: "orders", documents: orders });
  await db.collection("orders").createIndex({ note: 1, total: -1 }, { name: "by_note", unique: true });
  await db.collection("orders").createIndex({ at: 1 }, { expireAfterSeconds: 3600 });
  // Its keys are in another order in any object of JavaScript.
  const key = new Map([
    ["z", 1],
    ["2021", 1],
  ]);
  const turned = new Map<string, unknown>([
    ["name", "turned"],
    ["key", key],
  ]);
  await db.command({ createIndexes: "orders", indexes: [turned] });
  const odd = new Map<string, unknown>([
    ["_id", new BSON.ObjectId()],
    ["z", 1],
    ["10", new BSON.Int32(1)],
    [
      "2",
      [
        new BSON.Double(1),
        null,
        new Map<string, unknown>([
          ["b", 1],
          ["1", 2],
        ]),
      ],
    ],
    ["bin", new BSON.Binary(new Uint8Array([0, 255]), 128)],
    ["regex", new BSON.BSONRegExp("^a", "i")],
    ["code", new BSON.Code("f()", { x: 1 })],
    ["decimal", BSON.Decimal128.fromString("1.10")],
    ["minus", -0],
  ]);
  await db.command({ insert: "odd", documents: [odd] });
  await db.command({ create: "totals", viewOn: "orders", pipeline: [{ $match: { total: { $gt: 10 } } }] });
  await client.db("shop_old").command({ insert: "things", documents: [{ _id: 1, old: true }] });
  const admin = client.db("admin");
  await admin.command({
    createUser: "usr_shop",
    pwd: "s3cret",
    roles: [
      { role: "readWrite", db: "db_shop" },
      { role: "read", db: "shop_old" },
    ],
  });
  await client.db("shop_old").command({ createUser: "usr_old", pwd: "older", roles: ["readWrite"] });
  await admin.command({
    createUser: "reporting",
    pwd: "x",
    roles: [
      { role: "read", db: "db_shop" },
      { role: "read", db: "db_other" },
    ],
  });
  await client.db("db_other").command({ insert: "theirs", documents: [{ _id: 1 }] });
}

/** What the peer holds, byte for byte, but for what is made anew: the UUIDs of collections. */
export function contentsOf({ store }: MongoPeer): unknown {
  return {
    databases: [...store.databases].toSorted(byName).map(([database, collections]) => [
      database,
      [...collections].toSorted(byName).map(([name, { type, options, documents, indexes }]) => ({
        name,
        type,
        options: BSON.EJSON.stringify(options, { relaxed: false }),
        documents: documents.map((each) => Buffer.from(each).toString("hex")).toSorted(),
        indexes: indexes.map((each) => Buffer.from(each).toString("hex")).toSorted(),
      })),
    ]),
    users: store.users.map(sorted).toSorted(),
  };
}

/** The order of a user's fields is nobody's promise. */
function sorted(user: Document): string {
  const entries = Object.entries(user).toSorted(([one], [other]) => (one < other ? -1 : 1));
  return BSON.EJSON.stringify(Object.fromEntries(entries), { relaxed: false });
}

function byName(one: readonly [string, unknown], other: readonly [string, unknown]): number {
  return one[0] < other[0] ? -1 : 1;
}
