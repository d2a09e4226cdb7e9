import { expect, test } from "bun:test";
import { judgeNatsPublish } from "../../../src/destruction/nats/judge-publish.ts";
import { readOutcome } from "../../../src/proxy/sessions/nats/awaited-answers.ts";
import { readIdentity } from "../../../src/proxy/sessions/nats/read-identity.ts";
import { clientGrammar } from "../../../src/wire/nats/client-grammar.ts";
import type { ClientSeen } from "../../../src/wire/nats/client-grammar.ts";
import { longestLine, openReader } from "../../../src/wire/nats/reader.ts";
import type { Grammar } from "../../../src/wire/nats/reader.ts";
import { readOptions } from "../../../src/wire/nats/read-options.ts";
import { rewriteInfo } from "../../../src/wire/nats/rewrite-info.ts";
import { serverGrammar } from "../../../src/wire/nats/server-grammar.ts";
import type { ServerSeen } from "../../../src/wire/nats/server-grammar.ts";
import { cutBytes, fuzz } from "../../support/fuzz-bytes.ts";
import { natsAnswers, natsConversation, showSeen } from "../../support/nats-conversation.ts";
import { readPieces } from "../../support/read-pieces.ts";

const longMs = 900_000;
const client = clientGrammar({ wholeBytes: 64, longestPayload: 100_000 });
const server = serverGrammar({
  isIdle: () => false,
  isReply: (subject) => subject === "_INBOX.a.1",
  isCounted: (sid) => sid === "9",
});

/** With what is made of it: nothing thrown, whatever it says. */
function showFromClient(seen: ClientSeen): unknown {
  return [showSeen(seen), seen.kind === "publish" ? judgeNatsPublish(seen) : null];
}
function showFromServer(seen: ServerSeen): unknown {
  return [showSeen(seen), seen.kind === "answer" ? readOutcome(seen.status, seen.payload) : null];
}

function fuzzSide<Seen>(
  name: string,
  grammar: Grammar<Seen>,
  source: Buffer,
  show: (seen: Seen) => unknown,
): void {
  fuzz(name, [source], (input, random) => {
    const whole = readPieces(openReader(grammar), [input], (seen) => structuredClone(show(seen)));
    const cut = readPieces(openReader(grammar), cutBytes(input, random), (seen) =>
      structuredClone(show(seen)),
    );
    expect(cut.why).toBe(whole.why);
    // Of a message that turns out not to end where it says, the beginning may have been told.
    const isWhole = whole.why === null;
    expect(isWhole ? cut.seen : cut.seen.slice(0, whole.seen.length)).toEqual([...whole.seen]);
    expect(whole.bytes.equals(input.subarray(0, whole.bytes.length))).toBe(true);
    // What was handed out before it ended depends on the cut; nothing else does.
    expect(input.subarray(0, cut.bytes.length).equals(cut.bytes)).toBe(true);
    expect(Math.max(cut.mostHeld, whole.mostHeld)).toBeLessThanOrEqual(input.length);
  });
}

test(
  "a client's words: no bytes make the reader throw or read otherwise when they are cut",
  () => {
    fuzzSide("nats client", client, natsConversation, showFromClient);
  },
  longMs,
);

test(
  "a server's words: the same",
  () => {
    fuzzSide("nats server", server, natsAnswers, showFromServer);
  },
  longMs,
);

test.each<[string, Grammar<unknown>, string, number]>([
  ["a client's payload", client, "PUB a 90000\r\n", 0],
  ["a payload that is looked at", client, `PUB $JS.API.STREAM.DELETE.a 64\r\n`, longestLine],
  ["a line without an end", client, "SUB ", longestLine],
  ["a server's payload", server, "MSG a 1 90000000\r\n", 0],
  ["an answer longer than is looked at", server, "MSG _INBOX.a.1 1 90000000\r\n", 0],
  ["an answer", server, "MSG _INBOX.a.1 1 1000000\r\n", 1 << 20],
])("of %s no more is kept than is looked at", (_name, grammar, beginning, most) => {
  const reader = openReader(grammar);
  let mostHeld = 0;
  for (const each of [
    Buffer.from(beginning),
    ...Array.from({ length: 3000 }, () => Buffer.alloc(1000, "x")),
  ]) {
    reader.push(each);
    for (let piece = reader.next(); piece !== null && piece.kind !== "broken";) piece = reader.next();
    mostHeld = Math.max(mostHeld, reader.held);
  }
  expect(mostHeld).toBeLessThanOrEqual(most + 2000);
});

test(
  "options of CONNECT and INFO: whatever they are, they are read or refused, and INFO leads nobody around",
  () => {
    const jwt = `e30.${Buffer.from('{"name":"app","sub":"UAX"}').toString("base64url")}.x`;
    const options = [
      `{"user":"app","pass":"x","name":"shop","verbose":true,"lang":"go","nested":{"a":[1,{"b":null}]}}`,
      `{"jwt":"${jwt}","nkey":"UAX","sig":"x","USER":"x"}`,
      `{"server_id":"x","connect_urls":["a:1"],"Tls_Required":true,"headers":true,"max_payload":1048576}`,
    ].map((each) => Buffer.from(each));
    let [read, rewritten] = [0, 0];
    fuzz("nats options", options, (input) => {
      const found = readOptions(input);
      if (found !== null) read += readIdentity(found) === null ? 0 : 1;
      const info = rewriteInfo(input, false);
      if (info === null) return;
      rewritten += 1;
      const text = info.toString();
      expect(text).toStartWith("INFO {");
      expect(text.indexOf("\n")).toBe(text.length - 1);
      expect(
        /"(?:connect_urls|tls_required)":/i.test(JSON.stringify(Object.keys(JSON.parse(text.slice(5))))),
      ).toBe(false);
    });
    expect(Math.min(read, rewritten)).toBeGreaterThan(100);
  },
  longMs,
);
