import { describe, expect, test } from "bun:test";
import { BSON } from "mongodb";
import { judgeCommand } from "../../../src/destruction/mongo/wire/judge-command.ts";
import { elementsOf, MalformedBson } from "../../../src/wire/mongo/bson.ts";
import { clientInterest } from "../../../src/wire/mongo/client-interest.ts";
import { readMessage } from "../../../src/wire/mongo/read-message.ts";
import type { Message } from "../../../src/wire/mongo/read-message.ts";
import { openReader } from "../../../src/wire/mongo/reader.ts";
import type { Interest } from "../../../src/wire/mongo/reader.ts";
import { serverInterest } from "../../../src/wire/mongo/server-interest.ts";
import { stripCompression } from "../../../src/wire/mongo/strip-compression.ts";
import { cutBytes, fuzz } from "../../support/fuzz-bytes.ts";
import { legacy, message, query } from "../../support/mongo-message.ts";

const wholeBytes = 400;
const client = clientInterest(wholeBytes);

/** What is told of a conversation in these chunks, all bytes, and why it ended. */
function read<Seen>(
  interest: Interest<Seen>,
  chunks: readonly Uint8Array[],
  show: (seen: Seen) => unknown,
): {
  readonly seen: readonly unknown[];
  readonly bytes: Buffer;
  readonly why: string | null;
  readonly mostHeld: number;
} {
  const reader = openReader(interest);
  const seen: unknown[] = [];
  const bytes: Uint8Array[] = [];
  let mostHeld = 0;
  for (const chunk of chunks) {
    reader.push(chunk);
    for (let piece = reader.next(); piece !== null; piece = reader.next()) {
      if (piece.kind === "broken") return { seen, bytes: Buffer.concat(bytes), why: piece.why, mostHeld };
      if ("seen" in piece) seen.push(show(piece.seen));
      if ("bytes" in piece) bytes.push(Buffer.from(piece.bytes));
    }
    mostHeld = Math.max(mostHeld, reader.held);
  }
  return { seen, bytes: Buffer.concat(bytes), why: null, mostHeld };
}

/** Name, database and what is destroyed. */
function shown({ command, isWhole, opcode, wantsAnswer }: Message): string {
  const flags = `${isWhole ? "whole" : "cut"}${wantsAnswer ? "" : ", no answer"}`;
  if (command === null) return `${opcode} ${flags}`;
  let found: string;
  try {
    found = judgeCommand(command, isWhole)
      .map(({ kind }) => kind)
      .join(",");
  } catch (error) {
    if (!(error instanceof MalformedBson)) throw error;
    found = "malformed";
  }
  return `${command.name} ${command.database} ${flags}: ${found}`;
}

const conversation = Buffer.concat([
  query("admin.$cmd", { isMaster: 1, helloOk: true }),
  message({ hello: 1, compression: ["zlib"], $db: "admin" }),
  message({ ping: 1, $db: "admin" }),
  message({ insert: "a", $db: "shop" }, { sequences: { documents: [{ a: "x".repeat(1000) }] } }),
  message(
    { insert: "a", $db: "shop" },
    { sequences: { documents: [{ a: "x".repeat(100) }] }, isBodyLast: true },
  ),
  message({ delete: "a", $db: "shop" }, { sequences: { deletes: [{ q: {}, limit: 0 }] }, flags: 2 }),
  message({ delete: "a", deletes: [{ q: { x: "y".repeat(500) }, limit: 0 }], $db: "shop" }),
  message({ find: "a", filter: {}, $db: "shop" }),
  message({ find: "system.users", filter: {}, $db: "admin" }),
  message({ dropDatabase: 1, $db: "shop" }, { flags: 1 }),
  legacy(2006, Buffer.from("0000shop.a\0")),
  message({ getMore: 1n, collection: "a", $db: "shop" }),
]);

describe("a client's conversation", () => {
  const whole = read(client, [conversation], shown);

  test("is told as it is", () => {
    expect(whole.why).toBeNull();
    expect(whole.bytes).toEqual(conversation);
    expect(whole.seen).toEqual([
      "isMaster admin whole: ",
      "hello admin whole: ",
      "insert shop whole: ",
      "delete shop whole, no answer: unbounded-delete",
      "delete  cut: opaque",
      "find admin whole: ",
      "dropDatabase shop whole: mongo-database",
      "2006 whole, no answer",
    ]);
  });

  test("cut anywhere is the same", () => {
    for (let at = 0; at <= conversation.length; at += 1) {
      const { seen, bytes } = read(client, [conversation.subarray(0, at), conversation.subarray(at)], shown);
      expect({ at, seen, isSame: bytes.equals(conversation) }).toEqual({
        at,
        seen: whole.seen,
        isSame: true,
      });
    }
    const single = read(
      client,
      [...conversation].map((byte) => Uint8Array.of(byte)),
      shown,
    );
    expect(single.seen).toEqual(whole.seen);
    expect(single.bytes.equals(conversation)).toBe(true);
    expect(single.mostHeld).toBeLessThanOrEqual(wholeBytes);
  });

  test("is passed uncopied where nothing is suspicious", () => {
    const chunk = Buffer.concat([message({ ping: 1, $db: "a" }), message({ find: "b", $db: "a" })]);
    const reader = openReader(client);
    reader.push(chunk);
    const piece = reader.next();
    expect(piece?.kind === "pass" && piece.bytes.buffer === chunk.buffer && piece.bytes.length).toBe(
      chunk.length,
    );
    expect(reader.next()).toBeNull();
  });

  test.each([-1, 0, 15, 48_000_001, 0x7fffffff])(
    "a length of %d ends it before anything is kept",
    (length) => {
      const bytes = Buffer.alloc(16);
      bytes.writeInt32LE(length);
      expect(read(client, [bytes], shown)).toMatchObject({
        why: `a message of ${length} bytes`,
        mostHeld: 0,
      });
    },
  );

  test("two bodies are none", () => {
    const one = message({ ping: 1, $db: "a" });
    const second = Buffer.concat([Buffer.of(0), BSON.serialize({ dropDatabase: 1, $db: "a" })]);
    const both = Buffer.concat([one, second]);
    both.writeInt32LE(both.length);
    expect(readMessage(both, true).command).toBeNull();
    expect(readMessage(message({ ping: 1 }, { flags: 4 }), true).command).toBeNull();
  });
});

test("answers that are awaited are seen whole, wherever they are cut", () => {
  const reply = (to: number, body: object): Buffer => {
    const bytes = message(body);
    bytes.writeInt32LE(to, 8);
    return bytes;
  };
  const said = Buffer.concat([
    reply(1, { ok: 1 }),
    reply(7, { ok: 0, code: 26 }),
    reply(2, { ok: 1, a: "x".repeat(300) }),
  ]);
  const interest = serverInterest((to) => to === 7);
  const show = (seen: { readonly responseTo: number }): number => seen.responseTo;
  for (let at = 0; at <= said.length; at += 1) {
    const { seen, bytes } = read(interest, [said.subarray(0, at), said.subarray(at)], show);
    expect({ at, seen, isSame: bytes.equals(said) }).toEqual({ at, seen: [7], isSame: true });
  }
});

test.each([0, 1])("compressors are taken out of a hello, and nothing else (flags %d)", (flags) => {
  const rest = { hello: 1, client: { application: { name: "shop" } }, $db: "admin" };
  const bytes = message({ ...rest, compression: ["zstd", "snappy"], last: 1 }, { flags });
  const stripped = stripCompression(bytes, readMessage(bytes, true).command!);
  expect(stripped).toEqual(message({ ...rest, last: 1 }, { flags: 0 }));
  const without = message(rest, { flags });
  expect(stripCompression(without, readMessage(without, true).command!)).toBe(without);
});

test("BSON that is none throws, and nothing else does", () => {
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
    for (const each of elementsOf(bytes, at, end))
      count +=
        1 +
        (each.type === 3 || each.type === 4
          ? depth > 50
            ? 0
            : walk(bytes, each.at, each.end, depth + 1)
          : 0);
    return count;
  };
  expect(walk(Buffer.from(document), 0, document.length, 0)).toBe(17);
  fuzz("bson", [document], (input) => {
    try {
      walk(input, 0, input.length, 0);
    } catch (error) {
      if (!(error instanceof MalformedBson)) throw error;
    }
  });
});

test("mutated conversations neither crash it nor make it keep more than is looked at", () => {
  fuzz("mongo client", [conversation], (input, random) => {
    const whole = read(client, [input], shown);
    const cut = read(client, cutBytes(input, random), shown);
    expect({ seen: cut.seen, why: cut.why }).toEqual({ seen: whole.seen, why: whole.why });
    expect(input.subarray(0, cut.bytes.length).equals(cut.bytes)).toBe(true);
    expect(cut.mostHeld).toBeLessThanOrEqual(wholeBytes);
  });
});
