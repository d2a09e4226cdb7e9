import { describe, expect, test } from "bun:test";
import { clientGrammar } from "../../../src/wire/nats/client-grammar.ts";
import { openReader } from "../../../src/wire/nats/reader.ts";
import type { Grammar } from "../../../src/wire/nats/reader.ts";
import { serverGrammar } from "../../../src/wire/nats/server-grammar.ts";
import { cutBytes, fuzz } from "../../support/fuzz-bytes.ts";

const limits = { wholeBytes: 64, longestPayload: 100_000 };
const client = clientGrammar(limits);
const server = serverGrammar({
  isIdle: () => false,
  isReply: (subject) => subject === "_INBOX.a.1",
  isCounted: (sid) => sid === "9",
});

/** What is told of a conversation in these chunks: the notes and what is judged in order, all bytes, and why it ended. */
function read<Seen>(
  grammar: Grammar<Seen>,
  chunks: readonly Uint8Array[],
): {
  readonly seen: readonly unknown[];
  readonly bytes: Buffer;
  readonly why: string | null;
  readonly mostHeld: number;
} {
  const reader = openReader(grammar);
  const seen: unknown[] = [];
  const bytes: Uint8Array[] = [];
  let mostHeld = 0;
  for (const chunk of chunks) {
    reader.push(chunk);
    for (let piece = reader.next(); piece !== null; piece = reader.next()) {
      if (piece.kind === "broken") return { seen, bytes: Buffer.concat(bytes), why: piece.why, mostHeld };
      if ("seen" in piece) seen.push(structuredClone(shown(piece.seen)));
      if ("bytes" in piece) bytes.push(Buffer.from(piece.bytes));
    }
    mostHeld = Math.max(mostHeld, reader.held);
  }
  return { seen, bytes: Buffer.concat(bytes), why: null, mostHeld };
}

function shown(seen: unknown): unknown {
  const entries = Object.entries(seen as object);
  return Object.fromEntries(
    entries.map(([key, value]) => [key, Buffer.isBuffer(value) ? value.toString() : value]),
  );
}

const conversation = Buffer.from(
  [
    'CONNECT {"user":"app"}',
    "PING",
    "sub orders.* workers 1",
    "SUB _INBOX.a.* 2\nPUB a 3\r\nabc",
    "PUB  a\treply 0\r\n",
    "PUB a 12\r\nPUB b 1\r\nx\r\n",
    "PUB $JS.API.STREAM.DELETE.orders _INBOX.a.1 0\r\n",
    'pub $JS.API.STREAM.PURGE.orders _INBOX.a.2 14\r\n{"filter":"a"}',
    `HPUB orders.1 21 23\r\nNATS/1.0\r\nKind: x\r\n\r\nhi`,
    `HPUB orders.1 r 30 130\r\nNATS/1.0\r\nNats-Rollup: all\r\n\r\n${"x".repeat(100)}`,
    `PUB $JS.API.STREAM.UPDATE.long 100\r\n${"y".repeat(100)}`,
    "UNSUB 2 1",
    "UNSUB 1",
    "PONG",
    "",
  ].join("\r\n"),
);

const said = Buffer.from(
  [
    'INFO {"server_id":"x","connect_urls":["a:1"]}',
    "+OK",
    "MSG a 1 3\r\nMSG",
    'MSG _INBOX.a.1 2 16\r\n{"success":true}',
    "HMSG _INBOX.a.1 2 16 16\r\nNATS/1.0 503\r\n\r\n",
    "MSG b 9 reply 0\r\n",
    "-ERR 'x'",
    "PING",
    "",
  ].join("\r\n"),
);

describe("a client's conversation", () => {
  const whole = read(client, [conversation]);

  test("is told as it is", () => {
    expect(whole.why).toBeNull();
    expect(whole.bytes).toEqual(conversation);
    expect(whole.seen).toMatchInlineSnapshot(`
      [
        {
          "kind": "connect",
          "options": "{"user":"app"}",
        },
        {
          "kind": "subscribe",
          "queue": "workers",
          "sid": "1",
          "subject": "orders.*",
        },
        {
          "kind": "subscribe",
          "queue": "",
          "sid": "2",
          "subject": "_INBOX.a.*",
        },
        {
          "headers": null,
          "kind": "publish",
          "payload": "",
          "reply": "_INBOX.a.1",
          "subject": "$JS.API.STREAM.DELETE.orders",
        },
        {
          "headers": null,
          "kind": "publish",
          "payload": "{"filter":"a"}",
          "reply": "_INBOX.a.2",
          "subject": "$JS.API.STREAM.PURGE.orders",
        },
        {
          "headers": 
      "NATS/1.0
      Nats-Rollup: all

      "
      ,
          "kind": "publish",
          "payload": null,
          "reply": "r",
          "subject": "orders.1",
        },
        {
          "headers": null,
          "kind": "publish",
          "payload": null,
          "reply": "",
          "subject": "$JS.API.STREAM.UPDATE.long",
        },
        {
          "after": 1,
          "kind": "unsubscribe",
          "sid": "2",
        },
        {
          "after": 0,
          "kind": "unsubscribe",
          "sid": "1",
        },
      ]
    `);
  });

  test("cut anywhere is the same", () => {
    for (let at = 0; at <= conversation.length; at += 1) {
      const { seen, bytes, why } = read(client, [conversation.subarray(0, at), conversation.subarray(at)]);
      expect({ at, seen, bytes, why }).toEqual({ at, seen: whole.seen, bytes: whole.bytes, why: null });
    }
    const single = read(
      client,
      [...conversation].map((byte) => Uint8Array.of(byte)),
    );
    expect(single.seen).toEqual(whole.seen);
    expect(single.bytes).toEqual(conversation);
  });

  test("is passed uncopied where nothing is suspicious", () => {
    const chunk = Buffer.from("PUB a 3\r\nabc\r\nPING\r\nPUB b r 1\r\nx\r\n");
    const reader = openReader(client);
    reader.push(chunk);
    const piece = reader.next();
    expect(piece?.kind === "pass" && piece.bytes.buffer === chunk.buffer && piece.bytes.length).toBe(
      chunk.length,
    );
    expect(reader.next()).toBeNull();
  });

  test.each([
    ["no number", "PUB a b\r\n"],
    ["no sid", "SUB a\r\n"],
    ["a negative number", "PUB a -3\r\n"],
    ["ten digits", "PUB a 0000000003\r\n"],
    ["too long a payload", "PUB a 100001\r\n"],
    ["a payload that is longer than it says", "PUB a 2\r\nabc\r\n"],
    ["a payload that ends with LF alone", "PUB a 3\r\nabc\n\n"],
    ["CR in a line", "PUB $JS.API.STREAM.DELETE.x\r 01\nx\r\n"],
    ["NUL in a line", "SUB a\0 1\r\n"],
    ["more headers than bytes", "HPUB a 5 4\r\nabcd\r\n"],
    ["more headers than are looked at", "HPUB a 65 66\r\n"],
    ["words of another protocol", "GET / HTTP/1.1\r\n"],
    ["an empty line", "\r\n"],
    ["a server's words", "MSG a 1 0\r\n\r\n"],
    ["what routes say", "RS+ a b\r\n"],
    ["a line without an end", "CONNECT ".padEnd(70_000, "x")],
  ])("%s ends it", (_name, text) => {
    const ended = read(client, [Buffer.from(text)]);
    expect(ended.why).not.toBeNull();
    const single = read(
      client,
      [...Buffer.from(text)].map((byte) => Uint8Array.of(byte)),
    );
    expect(single.why).not.toBeNull();
    expect(single.mostHeld).toBeLessThanOrEqual(65_537);
  });
});

describe("a server's conversation", () => {
  test("cut anywhere is the same", () => {
    const whole = read(server, [said]);
    expect(whole.bytes).toEqual(said);
    expect(whole.seen).toMatchInlineSnapshot(`
      [
        {
          "kind": "info",
          "options": "{"server_id":"x","connect_urls":["a:1"]}",
        },
        {
          "kind": "answer",
          "payload": "{"success":true}",
          "status": "",
          "subject": "_INBOX.a.1",
        },
        {
          "kind": "answer",
          "payload": "",
          "status": "503",
          "subject": "_INBOX.a.1",
        },
        {
          "kind": "delivered",
          "sid": "9",
        },
      ]
    `);
    for (let at = 0; at <= said.length; at += 1) {
      const { seen, bytes } = read(server, [said.subarray(0, at), said.subarray(at)]);
      expect({ at, seen, bytes }).toEqual({ at, seen: whole.seen, bytes: whole.bytes });
    }
  });
});

test("a boundary that is asked for ends a piece", () => {
  const reader = openReader(client);
  reader.push(Buffer.from("PUB a 3\r\na"));
  reader.next();
  expect(reader.isBetween).toBe(false);
  reader.stopAtBoundary();
  reader.push(Buffer.from("bc\r\nPING\r\n"));
  const piece = reader.next();
  expect(piece?.kind === "pass" && Buffer.from(piece.bytes).toString()).toBe("bc\r\n");
  expect(reader.isBetween).toBe(true);
});

test("mutated conversations neither crash it nor make it keep more than a line and what is looked at", () => {
  for (const [name, grammar, source] of [
    ["nats client", client, conversation],
    ["nats server", server, said],
  ] as const)
    fuzz(name, [source], (input, random) => {
      const whole = read<unknown>(grammar, [input]);
      const cut = read<unknown>(grammar, cutBytes(input, random));
      expect(cut.why).toBe(whole.why);
      // Of a message that turns out not to end where it says, the beginning may have been told.
      const isWhole = whole.why === null;
      expect(isWhole ? cut.seen : cut.seen.slice(0, whole.seen.length)).toEqual([...whole.seen]);
      expect(whole.bytes.equals(input.subarray(0, whole.bytes.length))).toBe(true);
      // What was handed out before it ended depends on the cut; nothing else does.
      expect(input.subarray(0, cut.bytes.length).equals(cut.bytes)).toBe(true);
      expect(Math.max(cut.mostHeld, whole.mostHeld)).toBeLessThanOrEqual(input.length);
    });
});
