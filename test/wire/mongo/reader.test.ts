import { describe, expect, test } from "bun:test";
import { BSON } from "mongodb";
import { clientInterest } from "../../../src/wire/mongo/client-interest.ts";
import { readMessage } from "../../../src/wire/mongo/read-message.ts";
import { openReader } from "../../../src/wire/mongo/reader.ts";
import { serverInterest } from "../../../src/wire/mongo/server-interest.ts";
import { stripCompression } from "../../../src/wire/mongo/strip-compression.ts";
import { mongoConversation, showMessage } from "../../support/mongo-conversation.ts";
import { message } from "../../support/mongo-message.ts";
import { readPieces } from "../../support/read-pieces.ts";

const wholeBytes = 400;
const client = clientInterest(wholeBytes, () => undefined);

describe("a client's conversation", () => {
  const whole = readPieces(openReader(client), [mongoConversation], showMessage);

  test("is told as it is", () => {
    expect(whole.why).toBeNull();
    expect(whole.bytes).toEqual(mongoConversation);
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
    for (let at = 0; at <= mongoConversation.length; at += 1) {
      const { seen, bytes } = readPieces(
        openReader(client),
        [mongoConversation.subarray(0, at), mongoConversation.subarray(at)],
        showMessage,
      );
      expect({ at, seen, isSame: bytes.equals(mongoConversation) }).toEqual({
        at,
        seen: whole.seen,
        isSame: true,
      });
    }
    const single = readPieces(
      openReader(client),
      [...mongoConversation].map((byte) => Uint8Array.of(byte)),
      showMessage,
    );
    expect(single.seen).toEqual(whole.seen);
    expect(single.bytes.equals(mongoConversation)).toBe(true);
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
      expect(readPieces(openReader(client), [bytes], showMessage)).toMatchObject({
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
    const { seen, bytes } = readPieces(openReader(interest), [said.subarray(0, at), said.subarray(at)], show);
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
