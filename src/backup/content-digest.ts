import { createHash } from "node:crypto";
import type { Hash } from "node:crypto";
import { sha256Into } from "../run/sha256.ts";

/** Rows of COPY text as they arrive; chunks may be cut anywhere. */
export interface ContentDigest {
  /** Takes the next bytes; the caller may reuse the chunk afterwards. */
  push(chunk: Uint8Array): void;
  /**
   * Takes the next bytes, those of `chunk` at `from` and before `to`, from a caller who knows that they hold one row or a piece
   * of one: no newline is looked for but at their end. Whoever cannot know compares `rows` with what the server has counted.
   */
  pushRow(chunk: Uint8Array, from: number, to: number): void;
  /** `digest` is 64 hex digits; `bytes` counts newlines too. A last line without a newline counts as a row. */
  finish(): { readonly rows: number; readonly digest: string; readonly bytes: number };
}

const newline = 0x0a;
/** A lane of 32 bits may be added 2^21 times before a Float64 loses a bit. */
const sumsBeforeCarry = 2 ** 20;

/**
 * The digest of a table's rows in any order: Σ SHA-256(line) mod 2^256, where a line is one row of
 * `COPY … TO STDOUT (FORMAT text)` without its newline (data never holds a raw newline there).
 *
 * It is a multiset hash of the AdHash family (Bellare and Micciancio, 1997): duplicates count, order does not, and the
 * digests of two parts add up to that of the whole. It finds every accident. It is no defence against somebody who may
 * choose rows, because sums of hashes can be made to collide: against that stands the archive's own SHA-256.
 */
export function createContentDigest(): ContentDigest {
  const sum = createDigestSum();
  /** The row that has begun and not ended: rows may be larger than memory allows to gather. */
  let open: Hash | undefined;
  let rows = 0;
  let bytes = 0;

  const close = (row: Hash, rest: Uint8Array): void => {
    sum.addHash(row.update(rest).digest());
    open = undefined;
    rows += 1;
  };

  return {
    push(chunk) {
      const { buffer, byteOffset, length } = chunk;
      bytes += length;
      let start = 0;
      if (open !== undefined) {
        const end = chunk.indexOf(newline);
        if (end < 0) {
          open.update(chunk);
          return;
        }
        close(open, chunk.subarray(0, end));
        start = end + 1;
      }
      for (let end = chunk.indexOf(newline, start); end >= 0; end = chunk.indexOf(newline, start)) {
        // A view of its own: `subarray` costs more than the hash itself.
        sum.addLine(new Uint8Array(buffer, byteOffset + start, end - start));
        rows += 1;
        start = end + 1;
      }
      if (start < length) open = createHash("sha256").update(chunk.subarray(start));
    },
    pushRow(chunk, from, to) {
      bytes += to - from;
      const isWhole = chunk[to - 1] === newline;
      if (isWhole && open === undefined) {
        sum.addLine(chunk.subarray(from, to - 1));
        rows += 1;
      } else if (isWhole && open !== undefined) close(open, chunk.subarray(from, to - 1));
      else if (from < to) open = (open ?? createHash("sha256")).update(chunk.subarray(from, to));
    },
    finish() {
      if (open !== undefined) close(open, new Uint8Array(0));
      return { rows, bytes, digest: sum.hex() };
    },
  };
}

/** A sum of SHA-256 values mod 2^256. */
export interface DigestSum {
  addLine(line: Uint8Array): void;
  addHash(hash: Uint8Array): void;
  hex(): string;
}

/** Eight little-endian lanes of 32 bits, kept as Float64 and carried now and then. */
export function createDigestSum(): DigestSum {
  const lanes = new Float64Array(8);
  const hash = new Uint8Array(32);
  const words = new Uint32Array(hash.buffer);
  let sinceCarry = 0;

  const addWords = (): void => {
    // Once for every row: as a loop it costs four times as much.
    lanes[0] = (lanes[0] ?? 0) + (words[0] ?? 0);
    lanes[1] = (lanes[1] ?? 0) + (words[1] ?? 0);
    lanes[2] = (lanes[2] ?? 0) + (words[2] ?? 0);
    lanes[3] = (lanes[3] ?? 0) + (words[3] ?? 0);
    lanes[4] = (lanes[4] ?? 0) + (words[4] ?? 0);
    lanes[5] = (lanes[5] ?? 0) + (words[5] ?? 0);
    lanes[6] = (lanes[6] ?? 0) + (words[6] ?? 0);
    lanes[7] = (lanes[7] ?? 0) + (words[7] ?? 0);
    sinceCarry += 1;
    if (sinceCarry < sumsBeforeCarry) return;
    carry(lanes);
    sinceCarry = 0;
  };

  return {
    addLine: (line) => {
      sha256Into(line, hash);
      addWords();
    },
    addHash: (value) => {
      hash.set(value);
      addWords();
    },
    hex: () => {
      carry(lanes);
      return [...lanes]
        .map((lane) => lane.toString(16).padStart(8, "0"))
        .toReversed()
        .join("");
    },
  };
}

function carry(lanes: Float64Array): void {
  let over = 0;
  for (let lane = 0; lane < 8; lane++) {
    const value = (lanes[lane] ?? 0) + over;
    over = Math.floor(value / 2 ** 32);
    lanes[lane] = value % 2 ** 32;
  }
}
