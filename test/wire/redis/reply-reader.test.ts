import { describe, expect, test } from "bun:test";
import { openReplyReader } from "../../../src/wire/redis/reply-reader.ts";

/** What stands in the bytes: of each reply what it begins with, its text where it has one, and where it ends. */
export function replies(chunks: readonly Uint8Array[]): readonly string[] {
  const told: string[] = [];
  const reader = openReplyReader();
  let before = 0;
  for (const chunk of chunks) {
    for (let at = 0; at < chunk.length;) {
      at = reader.read(chunk, at);
      if (reader.event === "broken") return [...told, "broken"];
      if (reader.event !== "reply") continue;
      const type = String.fromCharCode(reader.type);
      const text = "*>%~".includes(type) ? `${reader.firstWord()} ${reader.lastInteger}` : reader.text();
      told.push(`${type}${reader.isNull ? "null" : text} ${before + at}`);
    }
    before += chunk.length;
  }
  if (!reader.isBetween) told.push("more");
  return told;
}

const samples: readonly [string, readonly string[]][] = [
  ["+OK\r\n-ERR x y\r\n:42\r\n", ["+OK 5", "-ERR x y 15", ":42 20"]],
  ["$5\r\nhello\r\n$0\r\n\r\n$-1\r\n", ["$hello 11", "$ 17", "$null 22"]],
  ["*0\r\n*-1\r\n", ["* 0 4", "*null 9"]],
  ["*3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:7\r\n", ["*subscribe 7 30"]],
  ["*2\r\n*1\r\n+a\r\n*1\r\n*0\r\n:1\r\n", ["* 0 20", ":1 24"]],
  [
    "_\r\n#t\r\n,1.5\r\n,inf\r\n(123456789012345678901234567890\r\n",
    ["_null 3", "#t 7", ",1.5 13", ",inf 19", "(123456789012345678901234567890 52"],
  ],
  ["!5\r\nERR x\r\n=7\r\ntxt:abc\r\n", ["!ERR x 11", "=txt:abc 24"]],
  ["%2\r\n+a\r\n:1\r\n+b\r\n%1\r\n+c\r\n_\r\n~1\r\n+x\r\n", ["%a 1 27", "~x 1 35"]],
  [
    ">2\r\n+message\r\n+x\r\n+OK\r\n",
    [">message 1 18", "+OK 23"].map((each) => each.replace("message 1", "message 0")),
  ],
  ["|1\r\n+ttl\r\n:9\r\n$1\r\na\r\n", ["$a 21"]],
  ["*2\r\n|1\r\n+ttl\r\n:9\r\n:1\r\n:2\r\n", ["* 2 26"]],
  ["*1\r\n>2\r\n+message\r\n+x\r\n:1\r\n+OK\r\n", ["* 1 26", "+OK 31"]],
  ["$?\r\n;4\r\nHell\r\n;1\r\no\r\n;0\r\n+OK\r\n", ["$0 25", "+OK 30"]],
  ["*?\r\n:1\r\n*?\r\n.\r\n+x\r\n.\r\n%?\r\n+a\r\n:1\r\n.\r\n", ["* 1 22", "%a 1 37"]],
  ["*2\r\n$3\r\nfoo", ["more"]],
  ["$x\r\n", ["broken"]],
  ["$3\r\nfooXX", ["broken"]],
  ["?\r\n", ["broken"]],
  ["*-2\r\n", ["broken"]],
  [".\r\n", ["broken"]],
  ["*1\r\n.\r\n", ["broken"]],
  ["HTTP/1.1 400\r\n", ["broken"]],
];

describe("where replies end", () => {
  test.each(samples)("%p", (text, expected) => {
    expect(replies([Buffer.from(text, "latin1")])).toEqual(expected);
  });

  test("cut at every byte, and byte by byte, they are the same", () => {
    for (const [text, expected] of samples) {
      const bytes = Buffer.from(text, "latin1");
      for (let at = 1; at < bytes.length; at += 1)
        expect(replies([bytes.subarray(0, at), bytes.subarray(at)])).toEqual(expected);
      expect(replies([...bytes].map((byte) => Buffer.from([byte])))).toEqual(expected);
    }
  });
});

test("elements of an array that answers are told, one by one", () => {
  const reader = openReplyReader();
  const told: string[] = [];
  reader.element = (type, text) => told.push(String.fromCharCode(type) + text);
  const bytes = Buffer.from("*5\r\n+OK\r\n-ERR no\r\n*2\r\n:1\r\n:2\r\n:0\r\n$3\r\nabc\r\n");
  expect(reader.read(bytes, 0)).toBe(bytes.length);
  expect(told).toEqual(["+OK", "-ERR no", "*", ":0", "$abc"]);
});

test("arrays in arrays without an end are given up, and take no memory", () => {
  expect(replies([Buffer.from("*1\r\n".repeat(10_000))])).toEqual(["broken"]);
});
