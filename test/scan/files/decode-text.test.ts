import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { asciiBytes, decodeText, isBinary, withoutNuls } from "../../../src/scan/files/decode-text.ts";

const bytes = (...parts: readonly (number | string)[]): Uint8Array =>
  Buffer.concat(parts.map((part) => (typeof part === "number" ? Buffer.of(part) : Buffer.from(part))));
const utf16le = Buffer.concat([Buffer.of(0xff, 0xfe), Buffer.from("DROP é", "utf16le")]);
const utf16be = Buffer.from(utf16le).swap16();

test.each([
  ["UTF-8", bytes("naïve 漢"), "naïve 漢", "utf-8"],
  ["with a mark, which is left out", bytes(0xef, 0xbb, 0xbf, "a"), "a", "utf-8"],
  ["UTF-16, little end first", utf16le, "DROP é", "utf-16le"],
  ["UTF-16, big end first", utf16be, "DROP é", "utf-16be"],
  ["latin1", bytes("caf", 0xe9, " DROP"), "café DROP", "latin1"],
  ["a lone half of a pair of UTF-8", bytes(0xed, 0xa0, 0x80), "í\u00a0\u0080", "latin1"],
  ["nothing", bytes(), "", "utf-8"],
] as const)("%s", (_, given, text, encoding) => {
  expect(decodeText(given)).toEqual({ text, encoding });
});

describe("what is binary", () => {
  test("a NUL says so, unless UTF-16 is marked", () => {
    expect(isBinary(bytes("a", 0, "b"))).toBe(true);
    expect(isBinary(utf16le)).toBe(false);
    expect(isBinary(bytes("a".repeat(9000), 0))).toBe(false);
  });
  test("the words of UTF-16 can be found", () => {
    expect(Buffer.from(asciiBytes(utf16be)).toString()).toBe("DROP é");
    expect(Buffer.from(withoutNuls(Buffer.from("DROP", "utf16le"))).toString()).toBe("DROP");
  });
});

test("any bytes are some text; UTF-8 comes back", () => {
  fc.assert(fc.property(fc.uint8Array(), (given) => void decodeText(given)));
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), (text) => {
      const given = Buffer.from(text);
      fc.pre(!text.startsWith("\uFEFF"));
      expect(decodeText(given).text).toBe(text);
    }),
  );
});
