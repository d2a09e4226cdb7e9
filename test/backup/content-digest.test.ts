import { createHash } from "node:crypto";
import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { createContentDigest, createDigestSum } from "../../src/backup/content-digest.ts";

const encoder = new TextEncoder();

function digestOf(
  ...chunks: readonly Uint8Array[]
): ReturnType<ReturnType<typeof createContentDigest>["finish"]> {
  const digest = createContentDigest();
  for (const chunk of chunks) digest.push(chunk);
  return digest.finish();
}

/** The definition, slowly: eight little-endian lanes are one little-endian number of 256 bits. */
function reference(lines: readonly string[]): string {
  const modulus = 1n << 256n;
  const sum = lines.reduce((total, line) => {
    const hash = createHash("sha256").update(line).digest();
    return (total + BigInt(`0x${Buffer.from(hash.toReversed()).toString("hex")}`)) % modulus;
  }, 0n);
  return sum.toString(16).padStart(64, "0");
}

const line = fc.string({ unit: "grapheme", maxLength: 40 }).map((text) => text.replaceAll("\n", "\\n"));

describe("content digest", () => {
  test("is the sum of the rows' SHA-256, for any rows", () => {
    fc.assert(
      fc.property(fc.array(line, { maxLength: 50 }), (lines) => {
        const text = lines.map((each) => `${each}\n`).join("");
        expect(digestOf(encoder.encode(text))).toEqual({
          rows: lines.length,
          bytes: encoder.encode(text).length,
          digest: reference(lines),
        });
      }),
    );
  });

  test("is the same wherever the chunks are cut", () => {
    fc.assert(
      fc.property(fc.array(line, { maxLength: 20 }), fc.array(fc.nat(), { maxLength: 30 }), (lines, cuts) => {
        const whole = encoder.encode(lines.map((each) => `${each}\n`).join(""));
        const places = [0, ...cuts.map((cut) => cut % (whole.length + 1)), whole.length].toSorted(
          (a, b) => a - b,
        );
        const chunks = places.slice(1).map((end, index) => whole.slice(places[index], end));
        expect(digestOf(...chunks)).toEqual(digestOf(whole));
      }),
    );
  });

  test("is the same for rows that come one by one, each cut anywhere", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(line, fc.nat(), fc.nat()), { maxLength: 30 }), (rows) => {
        const digest = createContentDigest();
        for (const [text, cut, margin] of rows) {
          const bytes = encoder.encode(`${text}\n`);
          const place = cut % (bytes.length + 1);
          // Each piece lies somewhere in a chunk of the connection, among other bytes.
          for (const piece of [bytes.subarray(0, place), bytes.subarray(place)]) {
            if (piece.length === 0) continue;
            const before = margin % 7;
            const chunk = new Uint8Array(before + piece.length + 3).fill(0x0a);
            chunk.set(piece, before);
            digest.pushRow(chunk, before, before + piece.length);
            chunk.fill(0);
          }
        }
        const whole = encoder.encode(rows.map(([text]) => `${text}\n`).join(""));
        expect(digest.finish()).toEqual(digestOf(whole));
      }),
    );
  });

  test("is the same in any order, and counts duplicates", () => {
    fc.assert(
      fc.property(fc.array(line, { minLength: 1, maxLength: 20 }), (lines) => {
        const text = (each: readonly string[]): Uint8Array =>
          encoder.encode(each.map((one) => `${one}\n`).join(""));
        expect(digestOf(text(lines.toReversed()))).toEqual(digestOf(text(lines)));
        expect(digestOf(text([...lines, ...lines])).digest).not.toBe(digestOf(text(lines)).digest);
      }),
    );
  });

  test("does not read a chunk after push returned", () => {
    const chunk = encoder.encode("one\ntw");
    const digest = createContentDigest();
    digest.push(chunk);
    chunk.fill(0);
    digest.push(encoder.encode("o\n"));
    expect(digest.finish().digest).toBe(reference(["one", "two"]));
  });

  test("knows empty tables, empty rows and a last row without a newline", () => {
    expect(digestOf()).toEqual({ rows: 0, bytes: 0, digest: "0".repeat(64) });
    expect(digestOf(encoder.encode("\n\n"))).toEqual({ rows: 2, bytes: 2, digest: reference(["", ""]) });
    expect(digestOf(encoder.encode("a\nb"))).toEqual({ rows: 2, bytes: 3, digest: reference(["a", "b"]) });
  });

  test("carries exactly over millions of the largest values", () => {
    const sum = createDigestSum();
    const largest = new Uint8Array(32).fill(0xff);
    const times = 2_100_000;
    for (let i = 0; i < times; i++) sum.addHash(largest);
    const expected = (((1n << 256n) - 1n) * BigInt(times)) % (1n << 256n);
    expect(sum.hex()).toBe(expected.toString(16).padStart(64, "0"));
  });
});
