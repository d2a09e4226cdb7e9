import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { MongoClient } from "mongodb";
import { openMongoSession } from "../../../../src/proxy/sessions/mongo/open-mongo-session.ts";
import { startMongoPeer } from "../../../support/mongo-peer.ts";
import type { MongoPeer } from "../../../support/mongo-peer.ts";
import { PeerError } from "../../../support/mongo-peer/commands.ts";
import { refusal, toldGate } from "../../../support/wire-decider.ts";
import { startWireListener } from "../../../support/wire-listener.ts";
import type { WireListener } from "../../../support/wire-listener.ts";

// The server is a stand-in (test/support/mongo-peer): what is shown here is what custody does with what the real driver sends, and what the driver makes
// of custody's answers.
let peer: MongoPeer;
let listener: WireListener;
let client: MongoClient;

beforeAll(async () => {
  peer = await startMongoPeer();
  listener = await startWireListener({ serverPort: Number(new URL(peer.url).port), open: openMongoSession });
  client = await new MongoClient(url(), { appName: "shop", compressors: ["zlib"] }).connect();
});
afterAll(async () => {
  await client.close();
  await listener[Symbol.asyncDispose]();
  await peer[Symbol.asyncDispose]();
});
beforeEach(() => {
  listener.gate = toldGate();
  listener.decider.sightings.length = 0;
  listener.decider.settled.length = 0;
  listener.decider.say = () => "forward";
  listener.warnings.length = 0;
  peer.commands.length = 0;
  peer.fault = null;
});

function url(login = "", more = ""): string {
  return `mongodb://${login}127.0.0.1:${listener.port}/?directConnection=true${more}`;
}

/** What was recognised, as the decider was asked. */
function sighted(): readonly string[] {
  return listener.decider.sightings.flatMap(({ speaker, destructions }) =>
    destructions.map(({ kind, names }) => [speaker.database, kind, ...names].join(" ")),
  );
}

describe("through the driver", () => {
  test("documents go in and come out as ever, thousands of them", async () => {
    const orders = client.db("shop").collection("orders");
    const documents = Array.from({ length: 3000 }, (_, at) => ({ at, text: "x".repeat(at % 700) }));
    await orders.insertMany(documents);
    const found = await orders.find().toArray();
    expect(found.map(({ at }) => at as number)).toEqual(documents.map(({ at }) => at));
    expect(sighted()).toEqual([]);
    expect(listener.warnings).toEqual([]);
  });

  test("a drop is sent on, and settled by the answer", async () => {
    await client.db("shop").createCollection("gone");
    await client.db("shop").dropCollection("gone");
    await client
      .db("shop")
      .command({ drop: "gone" })
      .catch(() => null);
    await client.db("shop2").createCollection("x");
    await client.db("shop2").dropDatabase();
    expect(sighted()).toEqual(["shop collection gone", "shop collection gone", "shop2 mongo-database shop2"]);
    expect(listener.decider.settled.map(({ outcome }) => outcome)).toEqual(["ok", "noop", "ok"]);
    expect(listener.decider.sightings[0]?.speaker).toMatchObject({
      protocol: "mongo",
      applicationName: "shop",
    });
    expect(listener.decider.sightings.map(({ isAlone }) => isAlone)).toEqual([false, false, true]);
  });

  test("a refusal is an error with a code, and the connection lives", async () => {
    await client.db("kept").createCollection("x");
    listener.decider.say = () => "refuse";
    const failure = await client
      .db("kept")
      .dropDatabase()
      .catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 13, codeName: "Unauthorized" });
    expect(String(failure)).toContain(`${refusal.message}; ${refusal.detail}; ${refusal.hint}`);
    expect((failure as { errorResponse: object }).errorResponse).toMatchObject({
      custody: { hint: refusal.hint },
    });
    expect(peer.store.databases.has("kept")).toBe(true);
    expect(await client.db("kept").command({ ping: 1 })).toMatchObject({ ok: 1 });
  });

  test("a delete of everything is recognised, in the driver's own sequence", async () => {
    listener.decider.say = () => "refuse";
    const orders = client.db("shop").collection("orders");
    const failures = [
      await orders.deleteMany({}).catch((error: unknown) => error),
      await orders.bulkWrite([{ deleteMany: { filter: {} } }]).catch((error: unknown) => error),
      await orders
        .aggregate([{ $out: "orders" }])
        .toArray()
        .catch((error: unknown) => error),
      await client
        .db("shop")
        .removeUser("usr_1")
        .catch((error: unknown) => error),
      await orders.rename("kept", { dropTarget: true }).catch((error: unknown) => error),
    ];
    for (const each of failures) expect(each).toMatchObject({ code: 13 });
    expect(sighted()).toEqual([
      "shop unbounded-delete orders",
      "shop unbounded-delete orders",
      "shop collection orders",
      "shop mongo-user usr_1",
      "shop collection shop.kept",
    ]);
    expect(peer.commands).toEqual([]);
  });

  test("what custody has done is answered as the server would", async () => {
    listener.decider.say = () => ({ kind: "done", dropId: "1", isNoop: false });
    expect(await client.db("soft").dropDatabase()).toBe(true);
    expect(await client.db("soft").removeUser("usr_1")).toBe(true);
    listener.decider.say = () => ({ kind: "done", dropId: "1", isNoop: true });
    expect(
      await client
        .db("soft")
        .removeUser("usr_1")
        .catch((error: unknown) => error),
    ).toMatchObject({ code: 11 });
    expect(peer.commands).toEqual([]);
  });

  test("the server's own no is the outcome", async () => {
    peer.fault = ({ name }) =>
      name === "dropDatabase" ? new PeerError(13, "Unauthorized", "not you") : null;
    await client
      .db("shop")
      .dropDatabase()
      .catch(() => null);
    expect(listener.decider.settled).toEqual([
      { outcome: "error", error: { code: "13", message: "not you" } },
    ]);
  });

  test("a connection that ends before the answer leaves the outcome unknown", async () => {
    peer.fault = ({ name }) => (name === "dropDatabase" ? "cut" : null);
    const other = await new MongoClient(url(), { retryWrites: false }).connect();
    await other
      .db("shop3")
      .dropDatabase()
      .catch(() => null);
    await other.close();
    expect(listener.decider.settled).toContainEqual({ outcome: "unknown", error: null });
  });

  test("comments are tags", async () => {
    await client
      .db("shop")
      .command({ drop: "x", comment: "request_id='r%2D1',token='t'" })
      .catch(() => null);
    await client
      .db("shop")
      .command({ drop: "x", comment: { request_id: "r2" } })
      .catch(() => null);
    expect(listener.decider.sightings.map(({ tags }) => tags.get("request_id"))).toEqual(["r-1", "r2"]);
  });

  test("what is held waits, and is sent when it is approved", async () => {
    await client.db("held").createCollection("x");
    const approval = Promise.withResolvers<"forward">();
    const asked = Promise.withResolvers<void>();
    listener.decider.say = () => {
      asked.resolve();
      return approval.promise;
    };
    const dropped = client.db("held").dropDatabase();
    await asked.promise;
    // Other connections of the pool go on.
    expect(await client.db("held").command({ ping: 1 })).toMatchObject({ ok: 1 });
    expect(peer.store.databases.has("held")).toBe(true);
    approval.resolve("forward");
    expect(await dropped).toBe(true);
    expect(peer.store.databases.has("held")).toBe(false);
  });
});

describe("the gate", () => {
  test.each(["SCRAM-SHA-256", "SCRAM-SHA-1", "PLAIN"])(
    "refuses a user of %s before anything is dialled",
    async (mechanism) => {
      listener.gate = toldGate("d,b=a");
      const options = { authMechanism: mechanism as "PLAIN", serverSelectionTimeoutMS: 1000 };
      const other = new MongoClient(url("d%2Cb%3Da:secret@"), options);
      const failure = await other
        .db("shop")
        .command({ dropDatabase: 1 })
        .catch((error: unknown) => error);
      await other.close();
      expect(String(failure)).toContain(refusal.message);
      expect(peer.commands).toEqual([]);
      const asked = listener.gate.asked.find(({ speaker }) => speaker.role !== "");
      expect(asked?.speaker.role).toBe("d,b=a");
    },
  );
});
