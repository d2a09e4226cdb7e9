import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { formatIsoMicros } from "../../../src/audit/rows/iso-micros.ts";
import { parseTime } from "../../../src/chain/prune/parse-time.ts";
import { OpsError } from "../../../src/errors.ts";

describe("the time before which rows go", () => {
  test.each([
    ["2026-01-01", "2026-01-01T00:00:00.000000Z"],
    ["2026-01-01T00:00Z", "2026-01-01T00:00:00.000000Z"],
    ["2026-01-01 00:00:00+01:00", "2025-12-31T23:00:00.000000Z"],
    ["2025-12-31T20:30:00.5-0330", "2026-01-01T00:00:00.500000Z"],
    ["2024-02-29T23:59:59.999999Z", "2024-02-29T23:59:59.999999Z"],
  ])("%s is %s", (text, expected) => {
    expect(formatIsoMicros(parseTime(text))).toBe(expected);
  });

  test.each([
    "",
    "now",
    "2026",
    "2026-1-1",
    "2026-02-29",
    "2026-01-01T00:00:00",
    "2026-01-01T24:00Z",
    "2026-01-01T00:00+16:00",
    "2026-01-01T00:00:00.1234567Z",
    "infinity",
    "2026-01-01\n",
  ])("%p is none", (text) => {
    expect(() => parseTime(text)).toThrow(OpsError);
  });

  test("whatever is written as custody writes times is read to the microsecond", () => {
    const micros = fc.bigInt({ min: 0n, max: 8_000n * 365n * 86_400_000_000n });
    fc.assert(fc.property(micros, (each) => expect(parseTime(formatIsoMicros(each))).toBe(each)));
  });
});
