import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { connect } from "node:net";
import { BSON } from "mongodb";
import { createGate } from "../../../../src/proxy/gate/create-gate.ts";
import { readGatePolicy } from "../../../../src/proxy/gate/gate-policy.ts";
import { openMongoSession } from "../../../../src/proxy/sessions/mongo/open-mongo-session.ts";
import { legacy, message, query } from "../../../support/mongo-message.ts";
import { startMongoPeer } from "../../../support/mongo-peer.ts";
import type { MongoPeer } from "../../../support/mongo-peer.ts";
import { readMessage } from "../../../support/mongo-peer/messages.ts";
import { toldGate } from "../../../support/wire-decider.ts";
import { startWireListener } from "../../../support/wire-listener.ts";
import type { WireListener } from "../../../support/wire-listener.ts";

// The server is a stand-in (test/support/mongo-peer): what is shown here is what custody lets through to it.
let peer: MongoPeer;
let listener: WireListener;

beforeAll(async () => {
  peer = await startMongoPeer();
  listener = await startWireListener({ serverPort: Number(new URL(peer.url).port), open: openMongoSession });
});
afterAll(async () => {
  await listener[Symbol.asyncDispose]();
  await peer[Symbol.asyncDispose]();
});
beforeEach(() => {
  listener.gate = toldGate();
  listener.decider.sightings.length = 0;
  listener.decider.say = () => "forward";
  listener.warnings.length = 0;
  peer.commands.length = 0;
});

/** What was recognised, as the decider was asked. */
function sighted(): readonly string[] {
  return listener.decider.sightings.flatMap(({ speaker, destructions }) =>
    destructions.map(({ kind, names }) => [speaker.database, kind, ...names].join(" ")),
  );
}

/** Says these bytes on a connection of their own, and a ping behind them; the answers' documents. */
async function say(...messages: readonly Buffer[]): Promise<readonly BSON.Document[]> {
  const socket = connect(listener.port, "127.0.0.1");
  const ended = Promise.withResolvers<void>();
  let heard = Buffer.alloc(0);
  const answers: BSON.Document[] = [];
  socket.on("data", (bytes: Buffer) => {
    heard = Buffer.concat([heard, bytes]);
    while (heard.length >= 16 && heard.length >= heard.readInt32LE(0)) {
      const one = heard.subarray(0, heard.readInt32LE(0));
      heard = heard.subarray(one.length);
      answers.push(one.readInt32LE(12) === 1 ? BSON.deserialize(one.subarray(36)) : readMessage(one).body);
      if (one.readInt32LE(8) === 999) socket.end();
    }
  });
  socket.on("close", () => ended.resolve());
  socket.on("error", () => ended.resolve());
  socket.write(Buffer.concat([...messages, message({ ping: 1, $db: "admin" }, { id: 999 })]));
  await ended.promise;
  return answers;
}

test("a gate that allows some users alone lets hellos by, and no command of somebody who logged in as nobody", async () => {
  const asked = listener.gate.asked;
  const policy = readGatePolicy({ gate: { allowed_roles: ["app"] } });
  const gate = createGate({ policy, roles: null, record: () => undefined, warn: () => undefined });
  listener.gate = { ...gate, asked };
  const saslStart = (user: string): Buffer =>
    message({
      saslStart: 1,
      mechanism: "SCRAM-SHA-256",
      payload: Buffer.from(`n,,n=${user},r=x`),
      $db: "admin",
    });
  const hello = message({ hello: 1, $db: "admin" });
  for (const first of [message({ listDatabases: 1, $db: "admin" }), saslStart("dba")]) {
    const said = await say(hello, first);
    expect(said.filter(({ ok }) => ok !== 1).map(({ code }) => code as number)).toEqual([18, 18]);
  }
  expect(peer.commands).toEqual([]);
  expect(await say(hello, saslStart("app"))).toMatchObject([
    { isWritablePrimary: true },
    { code: 59 },
    { ok: 1 },
  ]);
  expect(peer.commands.map(({ name }) => name)).toEqual(["saslStart", "ping"]);
});

describe("on the wire", () => {
  test("a mechanism that does not say who logs in is refused", async () => {
    const said = await say(
      message({ saslStart: 1, mechanism: "GSSAPI", payload: Buffer.from("x"), $db: "$external" }),
    );
    expect(said).toMatchObject([{ ok: 0, code: 18 }]);
    expect(peer.commands).toEqual([]);
  });

  const wipe = { delete: "orders", deletes: [{ q: {}, limit: 0 }], $db: "shop" };

  test("sections behind the body, or before it", async () => {
    listener.decider.say = () => "refuse";
    const sequences = { deletes: [{ q: {}, limit: 0 }] };
    const said = await say(
      message({ delete: "orders", $db: "shop" }, { sequences }),
      message({ delete: "orders", $db: "shop" }, { sequences, isBodyLast: true, flags: 1 }),
    );
    expect(said.map(({ code, ok }) => [ok, code])).toEqual([
      [0, 13],
      [0, 13],
      [1, undefined],
    ]);
  });

  test("a client that waits for no answer is refused by the end of its connection", async () => {
    listener.decider.say = () => "refuse";
    expect(await say(message(wipe, { flags: 2 }))).toEqual([]);
    expect(peer.commands).toEqual([]);
    expect(listener.warnings).toEqual([
      "a client was refused that waits for no answer: its connection is closed",
    ]);
  });

  test("retired messages are opaque", async () => {
    listener.decider.say = () => "refuse";
    const deleted = legacy(
      2006,
      Buffer.concat([Buffer.alloc(4), Buffer.from("shop.orders\0"), Buffer.alloc(4), BSON.serialize({})]),
    );
    expect(await say(deleted)).toEqual([]);
    const said = await say(query("shop.$cmd", { dropDatabase: 1 }));
    expect(said).toMatchObject([{ ok: 0, code: 13 }, { ok: 1 }]);
    expect(listener.decider.sightings.map(({ destructions: [first] }) => [first?.kind, first?.what])).toEqual(
      [
        ["opaque", "OP_DELETE"],
        ["opaque", "OP_QUERY"],
      ],
    );
    expect(peer.commands.map(({ name }) => name)).toEqual(["ping"]);
  });

  test("a compressed message ends the session", async () => {
    expect(await say(legacy(2012, Buffer.from([0xdd, 7, 0, 0, 1, 0, 0, 0, 0, 1])))).toEqual([]);
    expect(peer.commands).toEqual([]);
    expect(listener.warnings).toEqual([
      "a client sent a compressed message, though no compressor was agreed on",
    ]);
  });

  test("what cannot be read is refused, and the session lives", async () => {
    const broken = message({ dropDatabase: 1, $db: "shop" });
    broken[25] = 0x55;
    const said = await say(broken);
    expect(said).toMatchObject([{ ok: 0, code: 22 }, { ok: 1 }]);
    expect(sighted()).toEqual([]);
  });

  test("what is longer than is looked at is opaque: streamed, or thrown away", async () => {
    const padded = { comment: "x".repeat(3 << 20), $db: "shop" };
    listener.decider.say = () => "refuse";
    const refused = await say(message({ ...wipe, ...padded }), message({ dropDatabase: 1, ...padded }));
    expect(refused.map(({ ok, code }) => [ok, code])).toEqual([
      [0, 13],
      [0, 13],
      [1, undefined],
    ]);
    expect(sighted()).toEqual([" opaque", " opaque"]);
    listener.decider.say = () => "pass";
    expect(await say(message({ drop: "nowhere", ...padded }))).toMatchObject([{ code: 26 }, { ok: 1 }]);
    expect(peer.commands.map(({ name }) => name)).toEqual(["ping", "drop", "ping"]);
  });
});
