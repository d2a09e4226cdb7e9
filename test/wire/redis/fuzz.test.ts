import { expect, test } from "bun:test";
import { openCommandReader } from "../../../src/wire/redis/command-reader.ts";
import { openReplyReader } from "../../../src/wire/redis/reply-reader.ts";
import { splitCommand } from "../../../src/wire/redis/split-command.ts";
import { command } from "../../../src/wire/redis/write-reply.ts";
import { cutBytes, fuzz } from "../../support/fuzz-bytes.ts";

const limits = { words: 1000, wordBytes: 1 << 20, commandBytes: 1 << 21 };

const commands = [
  Buffer.concat([command("SET", "a", "b"), command("FLUSHALL"), command("GET", "x".repeat(300))]),
  Buffer.from('PING\r\n"FLUSH\\x41LL"\n\r\nset \'a b\' "c\\"d"\r\n'),
  Buffer.concat([
    Buffer.from("*0\r\n*-1\r\n"),
    command("MULTI"),
    command("EXEC"),
    command("DEL", "a", "b", "c"),
  ]),
  command("EVAL", "return redis.call('flushall')", "0"),
];

/** Every command: where it ends in all that was read, and its words. */
function readCommands(chunks: readonly Uint8Array[]): readonly string[] {
  const told: string[] = [];
  const reader = openCommandReader(limits, () => true);
  let held = Buffer.alloc(0);
  for (const chunk of chunks) {
    for (let at = 0; at < chunk.length;) {
      const from = at;
      at = reader.read(chunk, at);
      expect(at).toBeGreaterThan(from - 1);
      held = Buffer.concat([held, chunk.subarray(from, at)]);
      if (reader.event === "broken") return [...told, reader.problem];
      if (reader.event !== "command") continue;
      const split = splitCommand(held, 10_000);
      told.push(
        split === null
          ? "unbalanced"
          : JSON.stringify(split.words.map((word) => Buffer.from(word).toString("latin1"))),
      );
      expect(split?.isCut ?? false).toBe(false);
      held = Buffer.alloc(0);
    }
  }
  return told;
}

test("commands: no bytes make the reader throw or hang, and however they are cut it reads the same", () => {
  fuzz("redis commands", commands, (input, random) => {
    expect(readCommands(cutBytes(input, random))).toEqual(readCommands([input]));
  });
}, 900_000);

const replies = [
  Buffer.from("+OK\r\n-ERR x\r\n:1\r\n$5\r\nhello\r\n*2\r\n$1\r\na\r\n*1\r\n:7\r\n$-1\r\n*-1\r\n"),
  Buffer.from(
    "%1\r\n+a\r\n~2\r\n_\r\n#t\r\n>2\r\n+message\r\n,1.5\r\n|1\r\n+t\r\n:1\r\n=7\r\ntxt:abc\r\n(12\r\n!3\r\nERR\r\n",
  ),
  Buffer.from("$?\r\n;4\r\nHell\r\n;0\r\n*?\r\n:1\r\n.\r\n+OK\r\n"),
];

function readReplies(chunks: readonly Uint8Array[]): readonly string[] {
  const told: string[] = [];
  const reader = openReplyReader();
  let before = 0;
  for (const chunk of chunks) {
    for (let at = 0; at < chunk.length;) {
      at = reader.read(chunk, at);
      if (reader.event === "broken") return [...told, "broken"];
      if (reader.event === "reply")
        told.push(`${reader.type} ${before + at} ${reader.firstWord()} ${reader.text()}`);
    }
    before += chunk.length;
  }
  return told;
}

test("replies: the same", () => {
  fuzz("redis replies", replies, (input, random) => {
    expect(readReplies(cutBytes(input, random))).toEqual(readReplies([input]));
  });
}, 900_000);
