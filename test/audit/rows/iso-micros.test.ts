import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { createIsoMicros, formatIsoMicros, parseIsoMicros } from "../../../src/audit/rows/iso-micros.ts";

describe("timestamps as ISO 8601", () => {
  test("have one text each, beyond the years of four digits too", () => {
    const known: readonly (readonly [bigint, string])[] = [
      [0n, "2000-01-01T00:00:00.000000Z"],
      [-1n, "1999-12-31T23:59:59.999999Z"],
      [2n ** 63n - 1n, "infinity"],
      [-(2n ** 63n), "-infinity"],
      [252_455_616_000_000_000n, "+10000-01-01T00:00:00.000000Z"],
      [-63_082_281_600_000_000n, "0001-01-01T00:00:00.000000Z"],
      [-63_113_904_000_000_000n, "0000-01-01T00:00:00.000000Z"],
      [-63_145_440_000_000_000n, "-0001-01-01T00:00:00.000000Z"],
      [9_223_371_331_199_999_999n, "+294276-12-31T23:59:59.999999Z"],
      [-211_813_488_000_000_000n, "-4713-11-24T00:00:00.000000Z"],
    ];
    for (const [micros, text] of known) {
      expect([micros, formatIsoMicros(micros)]).toEqual([micros, text]);
      expect([text, parseIsoMicros(text)]).toEqual([text, micros]);
    }
  });

  test("are read back to the microsecond", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (micros) => {
        expect(parseIsoMicros(formatIsoMicros(micros))).toBe(micros);
      }),
    );
  });

  test("are the same by the million", () => {
    const iso = createIsoMicros();
    const near = fc.bigInt({ min: -(2n ** 53n) - 1000n, max: 2n ** 53n + 1000n });
    fc.assert(
      fc.property(fc.oneof(near, fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })), (micros) => {
        const text = iso.format(Number(micros >> 32n), Number(micros & 0xffff_ffffn));
        expect(text).toBe(formatIsoMicros(micros));
        expect(BigInt(iso.parse(text) ?? 0)).toBe(micros);
      }),
      { numRuns: 1000 },
    );
    expect(iso.parse("2000-02-30T00:00:00.000000Z")).toBe(null);
  });

  test("are refused in any other spelling", () => {
    for (const text of [
      "2000-01-01 00:00:00.000000Z",
      "2000-01-01T00:00:00Z",
      "2000-01-01T00:00:00.000000+00",
      "2000-02-30T00:00:00.000000Z",
      "2000-01-01T24:00:00.000000Z",
      "2000-01-01T00:00:60.000000Z",
      "+2000-01-01T00:00:00.000000Z",
      "-0000-01-01T00:00:00.000000Z",
      "10000-01-01T00:00:00.000000Z",
      "+300000-01-01T00:00:00.000000Z",
      "Infinity",
      "",
    ]) {
      expect([text, parseIsoMicros(text)]).toEqual([text, null]);
    }
  });
});
