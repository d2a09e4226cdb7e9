import { expect, test } from "bun:test";
import { jetstreamManager } from "@nats-io/jetstream";
import { connect as connectNats } from "@nats-io/transport-node";
import { MongoClient } from "mongodb";
import { runProgram } from "../support/run-program.ts";
import { untilListed } from "../support/wire-drops.ts";
import { startWireOthers } from "../support/wire-others.ts";

const names = { database: "^shop", user: "^usr_", stream: "^orders" };
const soft = { redis: ["acl-user"], nats: ["stream"], mongo: ["mongo-database", "mongo-user"] };
const { redis, mongo, scene } = await startWireOthers({
  target: (kind) => ({
    names,
    approval: { default: "allow" },
    // No mongod is there to prove with.
    tombstone: kind === "mongo" ? { mode: "soft", retention: "1h" } : { mode: "required", retention: "1h" },
  }),
  listeners: (kind) => [{ name: kind, policy: [{ kinds: soft[kind], action: "soft" }] }],
});

test("Redis: who may delete a user is answered as if, and undo brings it back; who may not is told so by the server's words", async () => {
  await using admin = await redis.connect();
  await admin.ask("ACL", "SETUSER", "boss", "on", ">x", "~*", "&*", "+@all");
  await admin.ask("ACL", "SETUSER", "app", "on", ">x", "~*", "+@all", "-@admin");
  await admin.ask("ACL", "SETUSER", "usr_t1", "on", ">secret", "~t1:*", "+@all");
  const lines = async (): Promise<readonly string[]> =>
    ((await admin.ask("ACL", "LIST")) as readonly Buffer[])
      .map(String)
      .filter((line) => line.includes("usr_t1"));
  const before = await lines();
  expect(before).toHaveLength(1);
  const port = scene.portOf("redis");
  const cli = async (user: string, ...command: readonly string[]): Promise<string> => {
    const flags = ["-h", "127.0.0.1", "-p", String(port), "--user", user, "--pass", "x", "--no-auth-warning"];
    return (await runProgram(["redis-cli", ...flags, ...command], {})).stdout.trim();
  };

  expect(await cli("app", "ACL", "DELUSER", "usr_t1")).toMatch(/NOPERM .*acl\|deluser/);
  expect(await lines()).toEqual(before);
  expect(await cli("boss", "ACL", "SETUSER", "usr_t1", "reset")).toMatch(/NOPERM .*none for ACL SETUSER/);
  expect(await lines()).toEqual(before);
  expect(await cli("boss", "ACL", "DELUSER", "usr_t1")).toBe("1");
  expect(await lines()).toEqual([]);
  const drop = await untilListed(scene, "usr_t1", ["completed"]);
  expect(drop).toMatchObject({ target: "redis", resource_type: "acl-user", caller: "boss" });
  expect(await cli("boss", "ACL", "DELUSER", "usr_t1")).toBe("0");
  const undone = await scene.run(["drop", "undo", drop.drop_id, "--wait"]);
  expect(undone.code).toBe(0);
  expect(await lines()).toEqual(before);
}, 60_000);

test("MongoDB: a database that is dropped is fenced, and undo brings it back", async () => {
  await using direct = await new MongoClient(mongo.url).connect();
  await direct
    .db("shop_a")
    .collection("orders")
    .insertMany([{ at: 1 }, { at: 2 }]);
  await direct
    .db("admin")
    .command({ createUser: "usr_a", pwd: "x", roles: [{ role: "readWrite", db: "shop_a" }] });
  const rolesOf = async (): Promise<unknown> =>
    (await direct.db("admin").command({ usersInfo: [{ user: "usr_a", db: "admin" }] }))["users"]?.[0]?.roles;
  const before = await rolesOf();
  const url = `mongodb://127.0.0.1:${scene.portOf("mongo")}/?directConnection=true`;
  await using client = await new MongoClient(url, { appName: "shop" }).connect();

  expect(await client.db("shop_a").command({ dropDatabase: 1 })).toEqual({ dropped: "shop_a", ok: 1 });
  const drop = await untilListed(scene, "shop_a", ["fenced", "completed"]);
  expect(drop).toMatchObject({ target: "mongo", resource_type: "mongo-database" });
  expect(mongo.store.databases.has("shop_a")).toBe(true);
  expect(await rolesOf()).toEqual([]);
  expect(await client.db("shop_none").command({ dropDatabase: 1 })).toEqual({ ok: 1 });
  expect((await scene.run(["drop", "undo", drop.drop_id, "--wait"])).code).toBe(0);
  expect(await rolesOf()).toEqual(before);
  expect(await direct.db("shop_a").collection("orders").find().toArray()).toHaveLength(2);

  expect(await client.db("admin").command({ dropUser: "usr_a" })).toEqual({ ok: 1 });
  await untilListed(scene, "usr_a", ["fenced", "completed"]);
  expect(await rolesOf()).toEqual([]);
  // One that another database defines is not the one that admin has by this name.
  const denied = await client
    .db("shop_a")
    .command({ dropUser: "usr_a" })
    .catch((error: unknown) => error);
  expect(denied).toMatchObject({ code: 13, message: expect.stringContaining("admin") as never });
}, 60_000);

test("NATS: nobody can tell what its user may, so it is refused, with the reason", async () => {
  await using client = await connectNats({ servers: `127.0.0.1:${scene.portOf("nats")}` });
  const manager = await jetstreamManager(client);
  await manager.streams.add({ name: "orders", subjects: ["orders.>"] });
  const denied = await manager.streams.delete("orders").catch((error: unknown) => error);
  expect(String(denied)).toContain("a NATS server tells nobody what another user may");
  expect((await manager.streams.info("orders")).config.name).toBe("orders");
  await untilListed(scene, "orders", ["refused"]);
}, 60_000);
