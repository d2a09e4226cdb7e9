import { expect, test } from "bun:test";
import { judgeCommand } from "../../../src/destruction/mongo/wire/judge-command.ts";
import { judgeNatsPublish } from "../../../src/destruction/nats/judge-publish.ts";
import type { Connection } from "../../../src/proxy/sessions/connection.ts";
import { openMongoSession } from "../../../src/proxy/sessions/mongo/open-mongo-session.ts";
import { openNatsSession } from "../../../src/proxy/sessions/nats/open-nats-session.ts";
import type { RunningSession, SessionContext } from "../../../src/proxy/sessions/ports.ts";
import { clientInterest } from "../../../src/wire/mongo/client-interest.ts";
import { opcodes } from "../../../src/wire/mongo/opcodes.ts";
import { openReader as openMongoReader } from "../../../src/wire/mongo/reader.ts";
import { clientGrammar } from "../../../src/wire/nats/client-grammar.ts";
import { openReader as openNatsReader } from "../../../src/wire/nats/reader.ts";
import { cutBytes, fuzzSeed, mutateBytes } from "../../support/fuzz-bytes.ts";
import { memoryConnection } from "../../support/memory-connection.ts";
import { message, query } from "../../support/mongo-message.ts";
import { seeded } from "../../support/mutate.ts";
import { hpub, pub } from "../../support/nats-raw.ts";
import { toldDecider, toldGate } from "../../support/wire-decider.ts";

const count = process.env["CUSTODY_TEST_FULL"] === "1" ? 50_000 : 3000;
const large = 1 << 20;

/** What a client that says this, cut into chunks, makes a session send on, every destruction refused, at once or later. */
async function sentOn(
  open: (client: Connection, context: SessionContext) => RunningSession,
  greeting: string,
  chunks: readonly Uint8Array[],
  random: () => number,
): Promise<Buffer> {
  const client = memoryConnection();
  const server = memoryConnection();
  const session = open(client, {
    listener: "front",
    target: "customers",
    sessionId: "s-0",
    gate: toldGate(),
    decider: toldDecider(() => (random() < 0.5 ? "refuse" : Promise.resolve("refuse"))),
    dial: () => Promise.resolve(server),
    limits: { startupMs: 60_000, wholeBytes: 300, messageBytes: large },
    warn: () => undefined,
    drain: new AbortController().signal,
  });
  await Promise.resolve();
  await Promise.resolve();
  if (greeting !== "") server.say(Buffer.from(greeting));
  for (const each of chunks) {
    client.say(each);
    if (random() < 0.3) await Promise.resolve();
  }
  for (let turn = 0; turn < 50; turn += 1) await Promise.resolve();
  const sent = Buffer.concat(server.written);
  session.destroy();
  await session.closed;
  return sent;
}

function destructionsOfNats(sent: Buffer): number {
  const reader = openNatsReader(clientGrammar({ wholeBytes: large, longestPayload: large }));
  reader.push(sent);
  let found = 0;
  for (let piece = reader.next(); piece !== null && piece.kind !== "broken"; piece = reader.next())
    if (piece.kind === "judge" && piece.seen.kind === "publish" && judgeNatsPublish(piece.seen) !== null)
      found += 1;
  return found;
}

function destructionsOfMongo(sent: Buffer): number {
  const reader = openMongoReader(clientInterest(large, () => undefined));
  reader.push(sent);
  let found = 0;
  for (let piece = reader.next(); piece !== null && piece.kind !== "broken"; piece = reader.next()) {
    if (piece.kind !== "judge") continue;
    const { command, opcode, isWhole } = piece.seen;
    if (opcode === opcodes.message && command !== null) found += judgeCommand(command, isWhole).length;
  }
  return found;
}

const nats = Buffer.from(
  [
    'CONNECT {"user":"app","verbose":true}\r\nSUB _INBOX.raw 7\r\nPING\r\n',
    pub("orders", "x".repeat(20)),
    pub("$JS.API.STREAM.DELETE.orders"),
    pub("$JS.API.STREAM.UPDATE.orders", '{"max_msgs":1}'),
    hpub("orders", ["Nats-Rollup: all"], "y".repeat(400)),
    pub("$JS.API.STREAM.PURGE.orders", `{"filter":"${"z".repeat(400)}"}`),
    pub("orders", pub("$JS.API.STREAM.DELETE.orders")),
  ].join(""),
);
const mongo = Buffer.concat([
  query("admin.$cmd", { isMaster: 1, helloOk: true, compression: ["zlib"] }),
  message({ saslStart: 1, mechanism: "SCRAM-SHA-256", payload: Buffer.from("n,,n=app,r=x"), $db: "admin" }),
  message({ find: "a", filter: {}, $db: "shop" }),
  message({ dropDatabase: 1, $db: "shop" }),
  message({ delete: "a", $db: "shop" }, { sequences: { deletes: [{ q: {}, limit: 0 }] } }),
  message({ insert: "a", $db: "shop" }, { sequences: { documents: [{ a: "x".repeat(500) }] } }),
  message({ aggregate: "a", pipeline: [{ $out: "x".repeat(400) }], $db: "shop" }),
  message({ ping: 1, $db: "shop" }),
]);

test.each([
  ["nats", openNatsSession, 'INFO {"server_id":"x"}\r\n', nats, destructionsOfNats],
  ["mongo", openMongoSession, "", mongo, destructionsOfMongo],
] as const)(
  "%s: whatever a client says, and however it is cut, no destruction is sent on",
  async (name, open, greeting, said, destructionsOf) => {
    expect(destructionsOf(said)).toBeGreaterThan(2);
    const random = seeded(fuzzSeed);
    let longest = 0;
    for (let turn = 0; turn < count; turn += 1) {
      const input = turn === 0 ? said : mutateBytes(said, random);
      const sent = await sentOn(open, greeting, cutBytes(input, random), random);
      longest = Math.max(longest, sent.length);
      if (destructionsOf(sent) > 0)
        throw new Error(
          `${name}, seed ${fuzzSeed}, turn ${turn}: ${sent.toString("latin1")} of ${input.toString("hex")}`,
        );
    }
    expect(longest).toBeGreaterThan(400);
    console.log(`${name} sessions: ${count} mutated clients, seed ${fuzzSeed}`);
  },
);
