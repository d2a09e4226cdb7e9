import { expect, test } from "bun:test";
import type { Document } from "mongodb";
import { judgeCommand } from "../../../../src/destruction/mongo/wire/judge-command.ts";
import { readMessage } from "../../../../src/wire/mongo/read-message.ts";
import { MalformedBson } from "../../../../src/wire/mongo/bson.ts";
import { message } from "../../../support/mongo-message.ts";

/** A driver's documents have each name once: those that end in `_2` lose that, and are then the second of the name. */
function judged(body: Document): readonly string[] | "unreadable" {
  return judgedBytes(shorten(message(body)));
}

/** Takes the `_2` out of the names, and its bytes off the sizes of the documents that hold them. */
function shorten(bytes: Buffer): Buffer {
  let whole = bytes;
  for (let at = whole.indexOf("_2\0"); at >= 0; at = whole.indexOf("_2\0")) {
    const shorter = Buffer.concat([whole.subarray(0, at), whole.subarray(at + 2)]);
    shorter.writeInt32LE(shorter.length, 0);
    for (const start of documentsAround(whole, at)) shorter.writeInt32LE(whole.readInt32LE(start) - 2, start);
    whole = shorter;
  }
  return whole;
}

/** Where the documents and arrays begin in which this byte stands. */
function documentsAround(bytes: Buffer, inside: number): readonly number[] {
  const around: number[] = [];
  for (let start = 21; ;) {
    around.push(start);
    let next = -1;
    for (let at = start + 4; at < inside; at += 1) {
      const isNested = bytes[at] === 3 || bytes[at] === 4;
      const value = isNested ? bytes.indexOf(0, at + 1) + 1 : 0;
      if (!isNested || value > inside) continue;
      if (!/^[\w$]+$/.test(bytes.toString("latin1", at + 1, value - 1))) continue;
      const end = value + bytes.readInt32LE(value);
      if (end > inside && end <= bytes.length && bytes[end - 1] === 0) {
        next = value;
        break;
      }
    }
    if (next < 0) return around;
    start = next;
  }
}

function judgedBytes(bytes: Buffer): readonly string[] | "unreadable" {
  const { command } = readMessage(bytes, true);
  if (command === null) return "unreadable";
  try {
    return judgeCommand(command, true).map(({ what }) => what);
  } catch (error) {
    if (error instanceof MalformedBson) return "unreadable";
    throw error;
  }
}

const $db = "shop";

test.each<[Document]>([
  [{ drop: "a", drop_2: "b", $db }],
  [{ drop: "a", $db, $db_2: "other" }],
  [{ aggregate: "a", pipeline: [], pipeline_2: [{ $out: "b" }], cursor: {}, $db }],
  [{ delete: "a", deletes: [], deletes_2: [{ q: {}, limit: 0 }], $db }],
  [{ delete: "a", deletes: [{ q: { a: 1 }, q_2: {}, limit: 0 }], $db }],
  [{ delete: "a", deletes: [{ q: {}, limit: 1, limit_2: 0 }], $db }],
  [{ bulkWrite: 1, ops: [{ delete: 0, filter: { a: 1 }, filter_2: {}, multi: true }], nsInfo: [], $db }],
  [{ bulkWrite: 1, ops: [{ delete: 0, filter: {}, multi: false, multi_2: true }], nsInfo: [], $db }],
  [{ createIndexes: "a", indexes: [], indexes_2: [{ key: { a: 1 }, expireAfterSeconds: 0 }], $db }],
  [{ applyOps: [{ op: "n", op_2: "c", ns: "x.$cmd", o: { dropDatabase: 1 } }], $db }],
  [
    {
      aggregate: "a",
      pipeline: [{ $merge: { into: "b", whenMatched: "merge", whenMatched_2: "replace" } }],
      $db,
    },
  ],
])("which of two counts only the server knows: %j", (body) => {
  expect(judged(body)).toBe("unreadable");
});

test("a name in another document is another's", () => {
  expect(judged({ delete: "a", deletes: [{ q: { q: 1, limit: 0 }, limit: 0 }], $db })).toEqual([]);
});
