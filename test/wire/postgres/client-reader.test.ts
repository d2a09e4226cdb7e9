import { expect, test } from "bun:test";
import fc from "fast-check";
import { ClientReader } from "../../../src/wire/postgres/client-reader.ts";
import { client } from "../../../src/wire/postgres/message-types.ts";
import { closeStatement, flush, parse, query } from "../../../src/wire/postgres/write-client.ts";
import { message } from "../../../src/wire/postgres/write-server.ts";

const limits = { wholeBytes: 200, messageBytes: 1 << 20 };

/** What a reader told and sent, when its input came in these pieces; `stopAt` is the text at which it stops once. */
function read(
  pieces: readonly Uint8Array[],
  stopAt?: { readonly text: string; readonly instead: Uint8Array | null },
) {
  const told: string[] = [];
  const sent: Uint8Array[] = [];
  const invalid: string[] = [];
  let isStopped = false;
  const reader = new ClientReader(
    {
      message(type, bytes, from, to) {
        const text = Buffer.from(bytes.subarray(from, to)).toString("latin1");
        told.push(text);
        if (stopAt === undefined || !text.includes(stopAt.text)) return type >= 0;
        isStopped = true;
        return false;
      },
      piece: (type, piece) => type > 0 && !Buffer.from(piece).includes("SPOIL"),
      toServer: (bytes) => void sent.push(Uint8Array.from(bytes)),
      invalid: (reason) => void invalid.push(reason),
    },
    limits,
  );
  const goOn = (): void => {
    isStopped = false;
    reader.release(stopAt?.instead ?? null);
  };
  for (const [index, piece] of pieces.entries()) {
    reader.push(piece);
    // Sometimes more comes while it is stopped.
    if (isStopped && index % 3 === 0) goOn();
  }
  while (isStopped) goOn();
  return { told, sent: Buffer.concat(sent), invalid: invalid[0] ?? null, counts: JSON.stringify(reader) };
}

function cut(bytes: Uint8Array, places: readonly number[]): readonly Uint8Array[] {
  const sorted = [
    ...new Set([0, ...places.map((place) => place % (bytes.length + 1)), bytes.length]),
  ].toSorted((one, other) => one - other);
  return sorted.slice(1).map((end, index) => bytes.subarray(sorted[index], end));
}

const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("latin1");

const messages = fc.oneof(
  fc.string({ maxLength: 80 }).map((text) => query(text.replaceAll("\0", ""))),
  fc
    .tuple(fc.string({ maxLength: 9 }), fc.string({ maxLength: 60 }))
    .map(([name, text]) => parse(name.replaceAll("\0", ""), text.replaceAll("\0", ""))),
  fc.constant(flush),
  fc.constant(closeStatement("s1")),
  fc.uint8Array({ maxLength: 400 }).map((body) => message(client.copyData, body)),
  fc.uint8Array({ maxLength: 400 }).map((body) => message(client.bind, body)),
  fc.constant(query(`insert ${"x".repeat(500)}`)),
  fc.constant(message(client.sync, new Uint8Array(0))),
  fc.constant(query("STOP here")),
);
const conversations = fc.array(messages, { maxLength: 12 }).map((all) => Buffer.concat(all));
const places = fc.array(fc.nat(), { maxLength: 30 });

test("however a conversation is cut, the same messages are told and the same bytes sent", () => {
  fc.assert(
    fc.property(conversations, places, (bytes, at) => {
      const whole = read([bytes]);
      expect(whole.sent.equals(bytes)).toBe(true);
      const pieces = read(cut(bytes, at));
      expect(pieces.sent.equals(bytes)).toBe(true);
      expect(pieces.told).toEqual(whole.told);
      expect(pieces.counts).toEqual(whole.counts);
    }),
  );
});

test("byte by byte, too", () => {
  fc.assert(
    fc.property(conversations, (bytes) => {
      const single = read(Array.from(bytes, (_, index) => bytes.subarray(index, index + 1)));
      expect(single.sent.equals(bytes)).toBe(true);
      expect(single.told).toEqual(read([bytes]).told);
    }),
    { numRuns: 30 },
  );
});

test("a message at which it stops is sent as it was, or as something else; nothing behind it is lost or sooner", () => {
  const stop = query("STOP here");
  fc.assert(
    fc.property(conversations, places, fc.boolean(), (bytes, at, isReplaced) => {
      const instead = isReplaced ? query("other") : null;
      const { sent } = read(cut(bytes, at), { text: "STOP", instead });
      const text = bytes.toString("latin1");
      const expected = instead === null ? text : text.replaceAll(latin1(stop), latin1(instead));
      expect(sent.toString("latin1")).toBe(expected);
    }),
  );
});

test("a long message streams, and is spoilt from the piece on that is refused", () => {
  const long = query(`${"a".repeat(300)}SPOIL${"b".repeat(300)}`);
  const { sent } = read([long.subarray(0, 250), long.subarray(250, 400), long.subarray(400), query("next")]);
  expect(sent.length).toBe(long.length + query("next").length);
  expect(sent.subarray(0, 249).equals(Buffer.from(long.subarray(0, 249)))).toBe(true);
  expect(sent.subarray(249, long.length).every((byte) => byte === 0)).toBe(true);
  expect(sent.subarray(long.length).equals(Buffer.from(query("next")))).toBe(true);
});

test("a long message is spoilt wherever it is cut, also between its text and the NUL that ends it", () => {
  const long = query(`${"a".repeat(300)};SPOIL`);
  for (let at = 1; at < long.length; at += 1) {
    const pieces = [long.subarray(0, at), long.subarray(at)];
    // What was judged is spoilt when the end of the text is seen, and not before.
    let text = "";
    const sent: Uint8Array[] = [];
    const reader = new ClientReader(
      {
        message: () => true,
        piece(_, piece, __, isLast) {
          text += latin1(piece);
          return !(isLast && text.includes("SPOIL"));
        },
        toServer: (bytes) => void sent.push(Uint8Array.from(bytes)),
        invalid: () => undefined,
      },
      limits,
    );
    for (const piece of pieces) reader.push(piece);
    const all = Buffer.concat(sent);
    expect(all.length).toBe(long.length);
    expect(all.subarray(0, 5).equals(Buffer.from(long.subarray(0, 5)))).toBe(true);
    // Two zeros at the least: one in the text, and its own.
    expect(all.subarray(5).indexOf(0)).toBeLessThan(long.length - 6);
  }
});

test("a length that cannot be ends the reading before anything is allocated for it", () => {
  const huge = Buffer.from([client.query, 0x7f, 0xff, 0xff, 0xff]);
  expect(read([huge]).invalid).toBe("a message of 2147483647 bytes");
  const negative = Buffer.from([client.copyData, 0xff, 0xff, 0xff, 0xff]);
  expect(read([negative]).invalid).toBe("a message of -1 bytes");
  expect(read([Buffer.from([client.sync, 0, 0]), Buffer.from([0, 3])]).invalid).toBe("a message of 3 bytes");
});

test("room grows with what comes, not with what is announced", () => {
  const usual = { wholeBytes: 1 << 20, messageBytes: 1 << 30 };
  const sink = {
    message: () => true,
    piece: () => true,
    toServer: () => undefined,
    invalid: () => undefined,
  };
  const start = Buffer.from("Q\0\0\0\0select ");
  start.writeInt32BE(1_000_000, 1);
  const held = (): number => {
    Bun.gc(true);
    return process.memoryUsage().external;
  };
  const before = held();
  const readers = Array.from({ length: 100 }, () => new ClientReader(sink, usual));
  for (const reader of readers) reader.push(start);
  expect((held() - before) / readers.length).toBeLessThan(10_000);
  // The measure can fail.
  for (const reader of readers) reader.push(Buffer.alloc(500_000, " "));
  expect((held() - before) / readers.length).toBeGreaterThan(400_000);
});
