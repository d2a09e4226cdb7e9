import { describe, expect, test } from "bun:test";
import { clientGrammar } from "../../../src/wire/nats/client-grammar.ts";
import { openReader } from "../../../src/wire/nats/reader.ts";
import { serverGrammar } from "../../../src/wire/nats/server-grammar.ts";
import { natsAnswers, natsConversation, showSeen } from "../../support/nats-conversation.ts";
import { readPieces } from "../../support/read-pieces.ts";

const limits = { wholeBytes: 64, longestPayload: 100_000 };
const client = clientGrammar(limits);
const server = serverGrammar({
  isIdle: () => false,
  isReply: (subject) => subject === "_INBOX.a.1",
  isCounted: (sid) => sid === "9",
});

describe("a client's conversation", () => {
  const whole = readPieces(openReader<unknown>(client), [natsConversation], showSeen);

  test("is told as it is", () => {
    expect(whole.why).toBeNull();
    expect(whole.bytes).toEqual(natsConversation);
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
    for (let at = 0; at <= natsConversation.length; at += 1) {
      const { seen, bytes, why } = readPieces(
        openReader<unknown>(client),
        [natsConversation.subarray(0, at), natsConversation.subarray(at)],
        showSeen,
      );
      expect({ at, seen, bytes, why }).toEqual({ at, seen: whole.seen, bytes: whole.bytes, why: null });
    }
    const single = readPieces(
      openReader<unknown>(client),
      [...natsConversation].map((byte) => Uint8Array.of(byte)),
      showSeen,
    );
    expect(single.seen).toEqual(whole.seen);
    expect(single.bytes).toEqual(natsConversation);
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
    const ended = readPieces(openReader<unknown>(client), [Buffer.from(text)], showSeen);
    expect(ended.why).not.toBeNull();
    const single = readPieces(
      openReader<unknown>(client),
      [...Buffer.from(text)].map((byte) => Uint8Array.of(byte)),
      showSeen,
    );
    expect(single.why).not.toBeNull();
    expect(single.mostHeld).toBeLessThanOrEqual(65_537);
  });
});

describe("a server's conversation", () => {
  test("cut anywhere is the same", () => {
    const whole = readPieces(openReader<unknown>(server), [natsAnswers], showSeen);
    expect(whole.bytes).toEqual(natsAnswers);
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
    for (let at = 0; at <= natsAnswers.length; at += 1) {
      const { seen, bytes } = readPieces(
        openReader<unknown>(server),
        [natsAnswers.subarray(0, at), natsAnswers.subarray(at)],
        showSeen,
      );
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
