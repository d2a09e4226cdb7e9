import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { LineError, readLines } from "../../src/run/read-lines.ts";

async function* cut(bytes: Uint8Array, places: readonly number[]): AsyncGenerator<Uint8Array> {
  // One buffer for every chunk, as a reader of files may do.
  const shared = new Uint8Array(bytes.length);
  let from = 0;
  for (const place of [...places.map((each) => each % (bytes.length + 1)), bytes.length].toSorted(
    (a, b) => a - b,
  )) {
    shared.set(bytes.subarray(from, place));
    yield shared.subarray(0, place - from);
    from = place;
  }
}

async function read(bytes: Uint8Array, places: readonly number[] = [], maxBytes = 100): Promise<string[]> {
  return await Array.fromAsync(readLines(cut(bytes, places), maxBytes));
}

async function errorOf(work: Promise<unknown>): Promise<unknown> {
  return await work.then(
    () => null,
    (error: unknown) => (error instanceof LineError ? [error.line, error.message] : error),
  );
}

describe("reading lines", () => {
  test("gives every line, wherever the chunks are cut", async () => {
    const line = fc.string({ unit: "binary", maxLength: 20 }).filter((each) => !each.includes("\n"));
    await fc.assert(
      fc.asyncProperty(fc.array(line), fc.array(fc.nat()), async (lines, places) => {
        expect(await read(Buffer.from(lines.map((each) => `${each}\n`).join("")), places)).toEqual(lines);
      }),
    );
  });

  test("refuses what was cut off, is too long or no UTF-8, and says where", async () => {
    expect(await read(new Uint8Array(0))).toEqual([]);
    expect(await read(Buffer.from("\ufeffa\r\n"))).toEqual(["\ufeffa\r"]);
    expect(await errorOf(read(Buffer.from("a\nb")))).toEqual([2, expect.stringContaining("cut off")]);
    expect(await errorOf(read(Buffer.from("a\n\xff\n", "latin1")))).toEqual([
      2,
      expect.stringContaining("UTF-8"),
    ]);
    const long = Buffer.from(`a\n${"b".repeat(101)}`);
    for (const places of [[], [3], [50], [101, 102]]) {
      expect(await errorOf(read(long, places))).toEqual([2, expect.stringContaining("longer than 100")]);
      expect(await errorOf(read(Buffer.concat([long, Buffer.from("\n")]), places))).toEqual([
        2,
        expect.stringContaining("longer than 100"),
      ]);
    }
  });
});
