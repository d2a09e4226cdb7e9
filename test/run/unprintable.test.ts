import { expect, test } from "bun:test";
import fc from "fast-check";
import { escapeUnprintable, escapeUnprintableJson, plainLine } from "../../src/run/unprintable.ts";

const unit = fc.oneof(
  fc.constantFrom("\u001b[2J", "\u009b2J", "\u202e", "\u2066", "\u200f", "\u2028", "\n", "\u007f", "\ud800"),
  fc.string({ unit: "binary" }),
);
const text = fc.string({ unit });

test("what is escaped is a plain line, and a plain line of no marks is left as it is", () => {
  fc.assert(
    fc.property(text, (given) => {
      expect(escapeUnprintable(given)).toMatch(plainLine);
      if (plainLine.test(given) && !/[\u061c\u200e\u200f]/.test(given))
        expect(escapeUnprintable(given)).toBe(given);
    }),
  );
});

test("JSON says what it said, and is printable line by line", () => {
  fc.assert(
    fc.property(text, fc.jsonValue(), (given, around) => {
      const json = JSON.stringify({ [given]: given, around }, null, 2);
      const shown = escapeUnprintableJson(json);
      expect(JSON.parse(shown)).toEqual(JSON.parse(json));
      for (const line of shown.split("\n")) expect(line).toMatch(plainLine);
    }),
  );
});

test("people may write as they write", () => {
  for (const given of ["", "הלקוח עזב\u200f", "Kündigung – 客户 👋🏽 é", "a b\u00a0c"])
    expect(given).toMatch(plainLine);
});
