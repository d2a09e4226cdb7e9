import { expect, test } from "bun:test";
import { ClientReader } from "../../../src/wire/postgres/client-reader.ts";
import { client, server } from "../../../src/wire/postgres/message-types.ts";
import { readError, readParameter } from "../../../src/wire/postgres/read-fields.ts";
import { readStartup, startupLength } from "../../../src/wire/postgres/read-startup.ts";
import { ServerReader } from "../../../src/wire/postgres/server-reader.ts";
import { stripChannelBinding } from "../../../src/wire/postgres/strip-channel-binding.ts";
import { closeStatement, flush, parse, query } from "../../../src/wire/postgres/write-client.ts";
import { commandComplete, errorResponse, message } from "../../../src/wire/postgres/write-server.ts";
import { cutBytes, fuzz } from "../../support/fuzz-bytes.ts";
import { startup } from "../../support/raw-postgres.ts";

const limits = { wholeBytes: 256, messageBytes: 1 << 16 };
const sync = message(client.sync, new Uint8Array(0));

const conversations = [
  Buffer.concat([query("select 1"), query("drop role x"), sync]),
  Buffer.concat([
    parse("s", "select $1"),
    message(client.bind, Buffer.from("\0s\0\0\0\0\0\0\0")),
    message(client.execute, Buffer.from("\0\0\0\0\0")),
    flush,
    closeStatement("s"),
    sync,
  ]),
  Buffer.concat([
    query("copy t from stdin"),
    message(client.copyData, Buffer.from("1\n")),
    message(client.copyDone, Buffer.alloc(0)),
  ]),
  Buffer.concat([
    query(`insert into t values ${"(1),".repeat(200)}(1)`),
    message(client.functionCall, Buffer.alloc(12)),
  ]),
];

/** What a client's bytes are told as, and what is sent; nothing is held but a header, or a message that is read whole. */
function readClient(chunks: readonly Uint8Array[]): readonly string[] {
  const told: string[] = [];
  let [taken, sent, isInvalid] = [0, 0, false];
  const reader = new ClientReader(
    {
      message(type, bytes, from, to) {
        told.push(`${type} ${Buffer.from(bytes.subarray(from, to)).toString("hex")}`);
        return true;
      },
      piece: () => true,
      toServer: (bytes) => (sent += bytes.length),
      invalid(reason) {
        told.push(reason);
        isInvalid = true;
      },
    },
    limits,
  );
  for (const chunk of chunks) {
    reader.push(chunk);
    taken += chunk.length;
    if (!isInvalid) expect(taken - sent).toBeLessThanOrEqual(Math.max(limits.wholeBytes, 4096));
  }
  return told;
}

test("a client's messages: no bytes make the reader throw, hold more than one of them, or read otherwise when they are cut", () => {
  fuzz("postgres client", conversations, (input, random) => {
    expect(readClient(cutBytes(input, random))).toEqual(readClient([input]));
  });
}, 600_000);

const answers = [
  Buffer.concat([
    message(server.authentication, Buffer.from("\0\0\0\x0aSCRAM-SHA-256-PLUS\0SCRAM-SHA-256\0\0")),
    message(server.authentication, Buffer.alloc(4)),
    message(server.parameterStatus, Buffer.from("client_encoding\0UTF8\0")),
    message(server.backendKeyData, Buffer.alloc(8)),
    message(server.readyForQuery, Buffer.from("I")),
  ]),
  Buffer.concat([
    message(0x54, Buffer.alloc(30)),
    message(0x44, Buffer.alloc(300)),
    commandComplete("SELECT 1"),
    errorResponse({ severity: "ERROR", code: "42601", message: 'at or near "mark"' }),
    message(server.readyForQuery, Buffer.from("E")),
  ]),
];

function readServer(chunks: readonly Uint8Array[]): readonly string[] {
  const told: string[] = [];
  const sent: Uint8Array[] = [];
  const reader = new ServerReader({
    answer(type, bytes, from, to) {
      told.push(`${type} ${Buffer.from(bytes.subarray(from, to)).toString("hex")}`);
      if (type === server.errorResponse) {
        const { code } = readError(bytes, from, to);
        return code.length > 3 ? "pass" : null;
      }
      if (type === server.parameterStatus) readParameter(bytes, from, to);
      return type === server.authentication ? (stripChannelBinding(bytes, from, to) ?? "pass") : "pass";
    },
    toClient: (bytes) => void sent.push(Uint8Array.from(bytes)),
    invalidAnswer: (reason) => void told.push(reason),
  });
  for (const type of Object.values(server)) reader.want(type, true);
  for (const chunk of chunks) reader.push(chunk);
  return [...told, Buffer.concat(sent).toString("hex"), JSON.stringify(reader)];
}

test("a server's messages: the same", () => {
  fuzz("postgres server", answers, (input, random) => {
    expect(readServer(cutBytes(input, random))).toEqual(readServer([input]));
  });
}, 600_000);

test("start-up packets: whatever they are, they are read or refused", () => {
  const packets = [
    startup({ user: "a", database: "b", options: "-c role=x" }),
    startup({ user: "a", replication: "database", "_pq_.x": "1" }, 2),
    Buffer.from([0, 0, 0, 8, 4, 0xd2, 0x16, 0x2f]),
    Buffer.from([0, 0, 0, 16, 4, 0xd2, 0x16, 0x2e, 0, 0, 0, 1, 0, 0, 0, 2]),
  ];
  fuzz("postgres start-up", packets, (input) => {
    const length = startupLength(input);
    if (length === null || length === 0 || length > input.length) return;
    expect(readStartup(input.subarray(0, length)).type).toBeString();
  });
}, 300_000);
