import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { openCommandReader } from "../../../src/wire/redis/command-reader.ts";
import { openNameTable } from "../../../src/wire/redis/name-table.ts";
import { nameOf, showWord } from "../../../src/wire/redis/show-word.ts";
import { splitCommand } from "../../../src/wire/redis/split-command.ts";
import { splitInline } from "../../../src/wire/redis/split-inline.ts";
import { command } from "../../../src/wire/redis/write-reply.ts";

const limits = { words: 1000, wordBytes: 10_000, commandBytes: 20_000 };

/** Where commands end, and which are watched: those whose name begins with W. */
function read(chunks: readonly Uint8Array[]): readonly string[] {
  const told: string[] = [];
  const reader = openCommandReader(limits, (bytes, from) => bytes[from] === 0x57);
  let before = 0;
  for (const chunk of chunks) {
    for (let at = 0; at < chunk.length;) {
      at = reader.read(chunk, at);
      const plain = reader.takePlain();
      if (plain > 0) told.push(...Array.from({ length: plain }, () => "plain"));
      if (reader.event === "broken") return [...told, reader.problem];
      if (reader.event === "command") told.push(`command to ${before + at}`);
    }
    before += chunk.length;
  }
  return told;
}

const plainAndWatched = (told: readonly string[]): readonly string[] =>
  told.map((each) => each.split(" ")[0] ?? "");

describe("where commands end", () => {
  test.each<[string, readonly string[]]>([
    ["*1\r\n$4\r\nPING\r\n", ["plain"]],
    ["*1\r\n$4\r\nWAIT\r\n", ["command to 14"]],
    ["PING\r\nPING\n\r\n", ["command to 6", "command to 11", "command to 13"]],
    ["*0\r\n*-1\r\n*2\r\n$3\r\nGET\r\n$0\r\n\r\n", ["command to 4", "command to 9", "plain"]],
    ["*2\r\n$4\r\nWAIT\r\n$3\r\n\r\n*\r\nPING\r\n", ["command to 23", "command to 29"]],
    ["*1001\r\n", ["invalid multibulk length"]],
    ["*\r\n", ["invalid multibulk length"]],
    ["*+1\r\n", ["invalid multibulk length"]],
    ["*1\n", ["invalid multibulk length"]],
    ["*00\r\n", ["invalid multibulk length"]],
    ["*-0\r\n", ["invalid multibulk length"]],
    ["*1\rX", ["expected CR LF"]],
    ["*1\r\n$10001\r\n", ["invalid bulk length"]],
    ["*1\r\n$\r\n", ["invalid bulk length"]],
    ["*1\r\n$4\r\nPINGXX", ["expected CR LF"]],
    [
      "*3\r\n$1\r\na\r\n$9999\r\n".concat(
        "x".repeat(9999),
        "\r\n$9999\r\n",
        "x".repeat(9999),
        "\r\n*3\r\n$9000\r\n",
        "x".repeat(9000),
        "\r\n$9000\r\n",
        "x".repeat(9000),
        "\r\n$9000\r\n",
      ),
      ["plain", "too big command"],
    ],
    ["PI\0NG\r\n", ["NUL in inline request"]],
    ["x".repeat(65_537), ["too big inline request"]],
  ])("%p", (text, expected) => {
    expect(read([Buffer.from(text, "latin1")])).toEqual(expected);
  });

  test("a limit speaks before the bytes it limits have come", () => {
    expect(read([Buffer.from("*2\r\n$3\r\nGET\r\n$99999\r\n")])).toEqual(["invalid bulk length"]);
  });

  test("however the bytes are cut, what is watched is the same; what is cut in its name is watched besides", () => {
    const words = fc.array(fc.oneof(fc.constantFrom("GET", "WAIT", "w", ""), fc.string()), {
      minLength: 1,
      maxLength: 4,
    });
    fc.assert(
      fc.property(fc.array(words, { maxLength: 6 }), fc.array(fc.nat(60)), (commands, sizes) => {
        const bytes = Buffer.concat(commands.map((each) => command(...each)));
        const chunks: Uint8Array[] = [];
        let at = 0;
        for (const size of sizes) {
          chunks.push(bytes.subarray(at, at + size));
          at += size;
        }
        const whole = plainAndWatched(read([bytes]));
        const cut = plainAndWatched(read([...chunks, bytes.subarray(at)]));
        expect(cut.length).toBe(commands.length);
        for (const [index, each] of whole.entries())
          if (each === "command") expect(cut[index]).toBe("command");
      }),
    );
  });
});

describe("words", () => {
  const words = (text: string): readonly string[] | null =>
    splitCommand(Buffer.from(text, "latin1"), 100)?.words.map((word) =>
      Buffer.from(word).toString("latin1"),
    ) ?? null;

  test.each<[string, readonly string[] | null]>([
    ["*2\r\n$3\r\nGET\r\n$4\r\na\r\nb\r\n", ["GET", "a\r\nb"]],
    ["*-1\r\n", []],
    ["*0\r\n", []],
    ["\r\n", []],
    ["  \t \n", []],
    ["get a\n", ["get", "a"]],
    ['"FLUSH\\x41LL"\n', ["FLUSHALL"]],
    ["'it\\'s' \"a\\\"b\\n\\r\\t\\b\\a\\\\\\q\\x4\"\r\n", ["it's", 'a"b\n\r\t\b\x07\\qx4']],
    ['a"b c"\r\n', ["ab c"]],
    ['""\r\n', [""]],
    ["a\vb \v c\r\n", ["a\vb", "c"]],
    ['"a\r\n', null],
    ["'a\r\n", null],
    ['"a"b\r\n', null],
    ["'a\\'\r\n", null],
    ['"a\\\r\n', null],
  ])("%p", (text, expected) => {
    expect(words(text)).toEqual(expected);
  });

  test("of a command that is not whole, those that are", () => {
    expect(splitCommand(Buffer.from("*3\r\n$3\r\nSET\r\n$1\r\na\r\n$100\r\nxxx"), 100)).toMatchObject({
      isCut: true,
      count: 3,
    });
    expect(splitCommand(Buffer.from("*3\r\n$3\r\nSET\r\n$1\r\na\r\n$100\r\nxxx"), 100)?.words.length).toBe(2);
    expect(splitCommand(command("DEL", ...Array.from({ length: 200 }, String)), 100)).toMatchObject({
      isCut: true,
      count: 201,
    });
  });

  test("what quotes protect comes back, whatever it is", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ minLength: 1 })), (given) => {
        const line = given.map(
          (word) => `"${[...word].map((byte) => `\\x${byte.toString(16).padStart(2, "0")}`).join("")}"`,
        );
        expect(splitInline(Buffer.from(line.join(" ")))).toEqual(given);
      }),
    );
  });
});

test("a name is found whatever its case, and only whole", () => {
  const table = openNameTable(
    new Map([
      ["FLUSHALL", 1],
      ["RESTORE-ASKING", 2],
    ]),
  );
  const find = (name: string): number => table(Buffer.from(`x${name}x`), 1, 1 + Buffer.byteLength(name));
  expect(["flushALL", "FLUSHALL", "Restore-asking"].map(find)).toEqual([1, 1, 2]);
  expect(
    ["FLUSHAL", "FLUSHALLX", "", "FLUSHAL\x4c\0", "FLUSH\x61\x0cL", "RESTORE\rASKING", "x".repeat(1000)].map(
      find,
    ),
  ).toEqual([0, 0, 0, 0, 0, 0, 0]);
});

test("a word is shown as text, or byte by byte", () => {
  expect(showWord(Buffer.from("größe"))).toBe("größe");
  expect(showWord(Buffer.from([0x61, 0xff, 0x0a]))).toBe("a\\xff\\x0a");
  expect(nameOf(Buffer.from("flußall", "latin1"))).toBe("FLUßALL");
});
