import { expect, test } from "bun:test";
import { BSON } from "mongodb";
import { readCredentials } from "../../../src/proxy/sessions/mongo/read-credentials.ts";
import { readOutcome } from "../../../src/proxy/sessions/mongo/read-outcome.ts";
import { elementsOf, MalformedBson } from "../../../src/wire/mongo/bson.ts";
import { clientInterest } from "../../../src/wire/mongo/client-interest.ts";
import { headerBytes } from "../../../src/wire/mongo/opcodes.ts";
import { readMessage } from "../../../src/wire/mongo/read-message.ts";
import { openReader } from "../../../src/wire/mongo/reader.ts";
import { serverInterest } from "../../../src/wire/mongo/server-interest.ts";
import type { Answer } from "../../../src/wire/mongo/server-interest.ts";
import { stripCompression } from "../../../src/wire/mongo/strip-compression.ts";
import { cutBytes, fuzz } from "../../support/fuzz-bytes.ts";
import { mongoConversation, showMessage } from "../../support/mongo-conversation.ts";
import { legacy, message, query } from "../../support/mongo-message.ts";
import { readPieces } from "../../support/read-pieces.ts";

const longMs = 900_000;
const wholeBytes = 400;

/** What `work` tells; that it threw what BSON that is none throws, and nothing else. */
function orMalformed<T>(work: () => T): T | "malformed" {
  try {
    return work();
  } catch (error) {
    if (error instanceof MalformedBson) return "malformed";
    throw error;
  }
}

test(
  "BSON that is none throws, and nothing else does",
  () => {
    const document = BSON.serialize({
      a: 1,
      b: "text",
      c: { d: [1, 2n, 1.5, null, true, /x/, new Date(0)] },
      e: new BSON.Binary(Buffer.from("x")),
      f: new BSON.Code("x", { y: 1 }),
      g: BSON.Decimal128.fromString("1"),
      h: new BSON.DBRef("x", new BSON.ObjectId()),
    });
    const walk = (bytes: Buffer, at: number, end: number, depth: number): number => {
      let count = 0;
      for (const each of elementsOf(bytes, at, end)) {
        const isNested = (each.type === 3 || each.type === 4) && depth < 50;
        count += 1 + (isNested ? walk(bytes, each.at, each.end, depth + 1) : 0);
      }
      return count;
    };
    expect(walk(Buffer.from(document), 0, document.length, 0)).toBe(17);
    fuzz("bson", [document], (input) => void orMalformed(() => walk(input, 0, input.length, 0)));
  },
  longMs,
);

test(
  "a client's messages: no bytes make the reader throw, keep more than is looked at, or read otherwise when they are cut",
  () => {
    const client = clientInterest(wholeBytes, () => undefined);
    fuzz("mongo client", [mongoConversation], (input, random) => {
      const whole = readPieces(openReader(client), [input], showMessage);
      const cut = readPieces(openReader(client), cutBytes(input, random), showMessage);
      expect({ seen: cut.seen, why: cut.why }).toEqual({ seen: whole.seen, why: whole.why });
      expect(input.subarray(0, cut.bytes.length).equals(cut.bytes)).toBe(true);
      expect(cut.mostHeld).toBeLessThanOrEqual(wholeBytes);
    });
  },
  longMs,
);

function answer(to: number, body: object): Buffer {
  const bytes = message(body);
  bytes.writeInt32LE(to, 8);
  return bytes;
}
/** OP_REPLY: flags, cursor, where it starts, how many, then one document. */
function reply(to: number, body: object): Buffer {
  const bytes = legacy(1, Buffer.concat([Buffer.alloc(20), BSON.serialize(body)]));
  bytes.writeInt32LE(to, 8);
  return bytes;
}
const answers = Buffer.concat([
  reply(7, { ismaster: true, ok: 1 }),
  answer(1, { ok: 1, cursor: { id: 0n, firstBatch: [{ a: "x".repeat(200) }] } }),
  answer(7, { ok: 0, code: 26, errmsg: "ns not found" }),
  answer(7, { ok: 1, n: 0, writeErrors: [{ code: 11, errmsg: "x" }, { code: 12 }] }),
  answer(2, { ok: 1 }),
  answer(7, { ok: 1, dropped: "shop" }),
]);
const awaited = serverInterest((to) => to === 7);

/** What is made of an answer: nothing thrown, whatever it says. */
function showAnswer({ responseTo, document }: Answer): string {
  const outcomes = ["delete", "dropDatabase"].map((name) => readOutcome(name, false, document));
  return `${responseTo} ${JSON.stringify(outcomes)}`;
}

test(
  "a server's messages: the same, and what is made of them",
  () => {
    const told = readPieces(openReader(awaited), [answers], showAnswer);
    expect(told.seen.map((each) => String(each).replaceAll(/[^a-z0-9_]+/g, " "))).toEqual([
      "7 outcome ok error null outcome noop error null ",
      "7 outcome noop error null outcome noop error null ",
      "7 outcome error error code 11 message x outcome error error code 11 message x ",
      "7 outcome ok error null outcome ok error null ",
    ]);
    fuzz("mongo server", [answers], (input, random) => {
      const whole = readPieces(openReader(awaited), [input], showAnswer);
      const cut = readPieces(openReader(awaited), cutBytes(input, random), showAnswer);
      expect({ seen: cut.seen, why: cut.why }).toEqual({ seen: whole.seen, why: whole.why });
      expect(input.subarray(0, cut.bytes.length).equals(cut.bytes)).toBe(true);
      if (whole.why === null) expect(cut.bytes.length).toBe(whole.bytes.length);
      expect(cut.mostHeld).toBeLessThanOrEqual(input.length);
    });
  },
  longMs,
);

test.each([
  ["awaited", 7, (1 << 20) + 65_536],
  ["of no interest", 8, 0],
])("of an answer of 40 MB, %s, no more is kept than is looked at", (_name, to, most) => {
  const reader = openReader(awaited);
  const head = Buffer.alloc(headerBytes);
  head.writeInt32LE(40_000_000);
  head.writeInt32LE(to, 8);
  let [passed, mostHeld] = [0, 0];
  const chunk = Buffer.alloc(65_536);
  for (const each of [head, ...Array.from({ length: 610 }, () => chunk)]) {
    reader.push(each);
    for (let piece = reader.next(); piece !== null && piece.kind !== "broken"; piece = reader.next())
      if ("bytes" in piece) passed += piece.bytes.length;
    mostHeld = Math.max(mostHeld, reader.held);
  }
  expect(passed).toBeGreaterThanOrEqual(39_000_000);
  expect(mostHeld).toBeLessThanOrEqual(most);
});

test(
  "a hello: whatever it is, it is read or malformed, and without its compressors it is a message that offers none",
  () => {
    const hellos = [
      query("admin.$cmd", { isMaster: 1, helloOk: true, compression: ["zlib", "snappy"], client: { a: 1 } }),
      message({ hello: 1, compression: ["zstd"], saslSupportedMechs: "admin.x", $db: "admin" }, { flags: 1 }),
      message({
        hello: 1,
        speculativeAuthenticate: {
          saslStart: 1,
          mechanism: "SCRAM-SHA-256",
          payload: Buffer.from("n,a=b,n=d=2Cb,r=x"),
          db: "admin",
        },
        $db: "admin",
      }),
      message({ saslStart: 1, mechanism: "PLAIN", payload: Buffer.from("a\0b\0c"), $db: "$external" }),
      message({ authenticate: 1, mechanism: "MONGODB-X509", user: "CN=app,OU=shop", $db: "$external" }),
    ];
    let stripped = 0;
    fuzz("mongo hello", hellos, (input) => {
      if (input.length < headerBytes) return;
      const { command } = readMessage(input, true);
      if (command === null) return;
      orMalformed(() => readCredentials(command, null));
      const without = orMalformed(() => stripCompression(input, command));
      if (without === "malformed" || without === input) return;
      stripped += 1;
      const again = readMessage(without, true);
      expect(again.command?.name).toBe(command.name);
      expect(again.command?.database).toBe(command.database);
      if (again.command !== null) expect(stripCompression(without, again.command)).toBe(without);
    });
    expect(stripped).toBeGreaterThan(100);
  },
  longMs,
);
