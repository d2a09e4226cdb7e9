import { expect, test } from "bun:test";
import { BSON } from "mongodb";
import { openMongoSession } from "../../../../src/proxy/sessions/mongo/open-mongo-session.ts";
import { memoryConnection } from "../../../support/memory-connection.ts";
import { message, query } from "../../../support/mongo-message.ts";
import { wireContext } from "../../../support/scripted-decider.ts";
import { toldDecider, toldGate } from "../../../support/wire-decider.ts";
import type { ToldDecider } from "../../../support/wire-decider.ts";

/**
 * Ways to have a destruction told of another user, of another database, or with another end than its own. There is no server to be had: what it answers stands
 * in each, as its manual and its sources say.
 */

interface Scene {
  readonly decider: ToldDecider;
  /** The numbers of what came to the server, in turn. */
  readonly numbers: () => readonly number[];
  say(...messages: readonly Buffer[]): Promise<void>;
  /** The server's answer to the request with this number. */
  answer(to: number, body: object): Promise<void>;
  /** What the client was answered: to which number, and what. */
  answered(): readonly (readonly [to: number, body: object])[];
}

async function inSession(story: (scene: Scene) => Promise<void>): Promise<void> {
  const client = memoryConnection();
  const server = memoryConnection();
  const decider = toldDecider();
  const session = openMongoSession(
    client,
    wireContext(() => Promise.resolve(server), { decider, gate: toldGate() }),
  );
  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
  };
  await story({
    decider,
    numbers: () => messagesIn(Buffer.concat(server.written)).map((each) => each.readInt32LE(4)),
    async say(...messages) {
      client.say(Buffer.concat(messages));
      await settle();
    },
    async answer(to, body) {
      const answer = message(body);
      answer.writeInt32LE(to, 8);
      server.say(answer);
      await settle();
    },
    answered: () =>
      messagesIn(Buffer.concat(client.written)).map((each) => [
        each.readInt32LE(8),
        BSON.deserialize(each.subarray(21)) as object,
      ]),
  });
  session.destroy();
  await session.closed;
}

function messagesIn(bytes: Buffer): readonly Buffer[] {
  const found: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += bytes.readInt32LE(at))
    found.push(bytes.subarray(at, at + bytes.readInt32LE(at)));
  return found;
}

const drop = (id: number, more: object = {}, flags = 0): Buffer =>
  message({ dropDatabase: 1, $db: "shop", ...more }, { id, flags });
const start = (user: string, id: number): Buffer =>
  message(
    { saslStart: 1, mechanism: "SCRAM-SHA-256", payload: Buffer.from(`n,,n=${user},r=x`), $db: "admin" },
    { id },
  );
const failed = { ok: 0, code: 18, errmsg: "Authentication failed." };

test("who fails to log in as another is still who he was", async () => {
  await inSession(async ({ say, answer, decider }) => {
    await say(start("boss", 1));
    await answer(1, { conversationId: 1, done: true, payload: Buffer.from("v=x"), ok: 1 });
    await say(start("app", 2));
    await answer(2, failed);
    await say(drop(3));
    expect(decider.sightings[0]?.speaker).toMatchObject({ role: "app", otherRoles: ["boss"] });
  });
});

test("who tries very many names is told to connect anew", async () => {
  await inSession(async ({ say, answered }) => {
    for (let count = 0; count < 70; count += 1) await say(start(`u${count}`, count));
    expect(answered().map(([to]) => to)).toEqual([65, 66, 67, 68, 69]);
  });
});

test.each([
  ["that was said before", (id: number) => [message({ listIndexes: "none", $db: "shop" }, { id }), drop(id)]],
  ["that nobody looks at", (id: number) => [message({ find: "a", $db: "shop" }, { id }), drop(id)]],
])("the number of a request %s is not its own", async (_, requests) => {
  await inSession(async ({ say, answer, decider, numbers, answered }) => {
    await say(...requests(7));
    const [, dropped = 0] = numbers();
    await answer(7, { ok: 0, code: 26, errmsg: "ns does not exist" });
    expect(decider.settled).toEqual([]);
    await answer(dropped, { dropped: "shop", ok: 1 });
    expect(decider.settled).toEqual([{ outcome: "ok", error: null }]);
    expect(answered()).toEqual([
      [7, { ok: 0, code: 26, errmsg: "ns does not exist" }],
      [7, { dropped: "shop", ok: 1 }],
    ]);
  });
});

test("a checksum, and a message of before 3.6, bear another number as well", async () => {
  await inSession(async ({ say, answer, decider, numbers, answered }) => {
    const ping = (id: number): Buffer => message({ ping: 1, $db: "a" }, { id });
    await say(ping(7), drop(7, {}, 1), query("shop.$cmd", { dropDatabase: 1 }), ping(9), drop(10));
    const [ping7, first = 0, second = 0, ...others] = numbers();
    expect([ping7, first === 7, second === 7, ...others]).toEqual([7, false, false, 9, 10]);
    await answer(second, { dropped: "shop", ok: 1 });
    await answer(first, { dropped: "shop", ok: 1 });
    await answer(10, { ok: 0, code: 13, errmsg: "no" });
    expect(decider.settled.map(({ outcome }) => outcome)).toEqual(["ok", "ok", "error"]);
    expect(answered().map(([to]) => to)).toEqual([7, 7, 10]);
  });
});

const errors = [{ index: 1, code: 2, errmsg: "bad" }];
test.each([
  ["ok", { delete: "a", deletes: [{ q: {}, limit: 0 }] }, { n: 12, writeErrors: errors, ok: 1 }],
  ["error", { delete: "a", deletes: [{ q: {}, limit: 0 }] }, { n: 0, writeErrors: errors, ok: 1 }],
  ["ok", bulk("shop.a"), { nDeleted: 3, nErrors: 1, ok: 1 }],
  ["error", bulk("shop.a"), { nDeleted: 0, nErrors: 1, ok: 1 }],
  ["noop", bulk("shop.a"), { nDeleted: 0, nErrors: 0, ok: 1 }],
])("of several deletes one is done: %s", async (outcome, body, answered) => {
  await inSession(async ({ say, answer, decider, numbers }) => {
    await say(message({ ...body, $db: "shop" }, { id: 7 }));
    await answer(numbers()[0] ?? 0, answered);
    expect(decider.settled.map((each): string => each.outcome)).toEqual([outcome]);
  });
});

function bulk(...spaces: readonly string[]): object {
  return {
    bulkWrite: 1,
    ops: spaces.map((_, at) => ({ delete: at, filter: {}, multi: true })),
    nsInfo: spaces.map((ns) => ({ ns })),
  };
}

test.each<readonly [string, object, readonly string[]]>([
  ["renameCollection", { renameCollection: "prod.a", to: "prod.b", dropTarget: true }, ["prod"]],
  ["$out", { aggregate: "a", pipeline: [{ $out: { db: "prod", coll: "a" } }], cursor: {} }, ["prod"]],
  ["$out of its own", { aggregate: "a", pipeline: [{ $out: "a" }], cursor: {} }, ["shop"]],
  [
    "$merge",
    {
      aggregate: "a",
      pipeline: [{ $merge: { into: { db: "prod", coll: "a" }, whenMatched: "replace" } }],
      cursor: {},
    },
    ["prod"],
  ],
  ["bulkWrite", bulk("prod.a"), ["prod"]],
  ["applyOps", { applyOps: [{ op: "c", ns: "prod.$cmd", o: { drop: "a" } }] }, ["prod"]],
  ["applyOps of nothing", { applyOps: [] }, ["shop"]],
  ["several databases, which is refused", bulk("prod.a", "shop.a"), []],
  ["a rename into another, which is refused", { renameCollection: "prod.a", to: "shop.a" }, []],
])("what is destroyed is told of where it is: %s", async (_, body, databases) => {
  await inSession(async ({ say, decider, numbers, answered }) => {
    await say(message({ ...body, $db: "shop" }));
    expect(decider.sightings.map(({ speaker }) => speaker.database)).toEqual([...databases]);
    if (databases.length > 0) return;
    expect(numbers()).toEqual([]);
    expect(answered()).toMatchObject([[7, { ok: 0, code: 13 }]]);
  });
});
