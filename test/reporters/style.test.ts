import { expect, test } from "bun:test";
import fc from "fast-check";
import { showQuantity, showSeconds } from "../../src/reporters/quantities.ts";
import { paint, printable } from "../../src/reporters/style.ts";

test("nothing that a database names can steer a terminal", () => {
  const unit = fc.oneof(
    fc.constantFrom("\u001b[2J", "\u009b2J", "\u202e", "\n", "\r", "\t", "\u0007"),
    fc.string({ unit: "binary" }),
  );
  fc.assert(
    fc.property(fc.string({ unit }), fc.boolean(), (text, unicode) => {
      const shown = printable(text, { color: true, unicode });
      expect(shown).not.toMatch(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/u);
      if (!unicode) expect(shown).toMatch(/^[\u0020-\u007e]*$/);
    }),
  );
});

test("colours only where they are wanted", () => {
  expect(paint("x", "bad", { color: false, unicode: true })).toBe("x");
  expect(paint("x", "bad", { color: true, unicode: true })).toBe("\u001b[31mx\u001b[0m");
  expect(paint("x", "plain", { color: true, unicode: true })).toBe("x");
});

test.each([
  [0, "0.00 s"],
  [9.99, "9.99 s"],
  [9.996, "10.0 s"],
  [59.94, "59.9 s"],
  [59.96, "1 min 00 s"],
  [247, "4 min 07 s"],
  [3599.6, "1 h 00 min"],
  [7500, "2 h 05 min"],
])("%p seconds are %p", (seconds, shown) => expect(showSeconds(seconds)).toBe(shown));

test.each([
  [0, "bytes", "0 B"],
  [999, "bytes", "999 B"],
  [1000, "bytes", "1.00 kB"],
  [999_600, "bytes", "1.00 MB"],
  [12_345_678, "bytes", "12.3 MB"],
  [1, "rows", "1 row"],
  [1_234_567, "rows", "1 234 567 rows"],
] as const)("%p %s are %p", (amount, unit, shown) => expect(showQuantity(amount, unit)).toBe(shown));
