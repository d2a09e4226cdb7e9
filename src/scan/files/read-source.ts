import { closeSync, constants, fstatSync, openSync, readSync, statSync } from "node:fs";
import type { Stats } from "node:fs";
import { isBinary } from "./decode-text.ts";
import { explainError } from "./explain-error.ts";
import type { Prefilter } from "./has-candidate.ts";

/** What tells one state of a file from another without its content; times in milliseconds with fractions. */
export interface FileStamp {
  readonly size: number;
  readonly mtimeMs: number;
  readonly ctimeMs: number;
  readonly inode: number;
}

export type SourceRead =
  /** The bytes are those of a buffer that the next reading overwrites. */
  | { readonly is: "read"; readonly bytes: Buffer; readonly stamp: FileStamp }
  /** Beyond what is parsed; `candidateLine` is that of the first word at which the prefilter says yes, null when there is none. */
  | { readonly is: "too-large"; readonly candidateLine: number | null; readonly stamp: FileStamp }
  | { readonly is: "unreadable"; readonly detail: string };

/**
 * Files beyond this are not parsed: a syntax tree takes ten to fifty times the size of its source, and 4 MiB of source that somebody wrote by hand
 * are 100 000 lines. What is beyond is a dump, a fixture or a bundle.
 */
export const largestSource = 4 * 1024 * 1024;

export interface SourceReader {
  /** `hasCandidate` looks through what is too large to be parsed; null when nobody would parse it. */
  read(absolute: string, hasCandidate: Prefilter | null): SourceRead;
}

/** Reads files one after the other into one buffer. What is no regular file when it is opened is not waited for. */
export function createSourceReader(): SourceReader {
  let buffer = Buffer.allocUnsafe(256 * 1024);
  const fill = (descriptor: number, size: number): Buffer => {
    if (buffer.length <= size) buffer = Buffer.allocUnsafe(Math.min(largestSource + 1, size * 2 + 1));
    let length = 0;
    // One byte more than was promised, so that a file that grows is seen to its end.
    while (length < buffer.length) {
      const read = readSync(descriptor, buffer, length, buffer.length - length, null);
      if (read === 0) break;
      length += read;
      if (length === buffer.length && length <= largestSource) {
        buffer = Buffer.concat([buffer], Math.min(largestSource + 1, length * 2));
      }
    }
    return buffer.subarray(0, length);
  };
  return {
    read(absolute, hasCandidate) {
      let descriptor: number;
      try {
        descriptor = openSync(absolute, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
      } catch (error) {
        return { is: "unreadable", detail: explainError(error) };
      }
      try {
        const status = fstatSync(descriptor);
        if (!status.isFile()) return { is: "unreadable", detail: "it is no regular file any more" };
        const stamp = stampOf(status);
        if (status.size > largestSource) {
          return {
            is: "too-large",
            candidateLine: hasCandidate && findCandidate(descriptor, hasCandidate),
            stamp,
          };
        }
        const bytes = fill(descriptor, status.size);
        if (bytes.length > largestSource) return { is: "unreadable", detail: "it grows while it is read" };
        return { is: "read", bytes, stamp };
      } catch (error) {
        return { is: "unreadable", detail: explainError(error) };
      } finally {
        closeSync(descriptor);
      }
    },
  };
}

/** The state of a file now; null when it cannot be told. */
export function readStamp(absolute: string): FileStamp | null {
  try {
    const status = statSync(absolute);
    return status.isFile() ? stampOf(status) : null;
  } catch {
    return null;
  }
}

function stampOf({ size, mtimeMs, ctimeMs, ino }: Stats): FileStamp {
  return { size, mtimeMs, ctimeMs, inode: ino };
}

/** Reads a large file piece by piece, each with the end of the one before, so that no word is cut. Binary files have none. */
function findCandidate(descriptor: number, hasCandidate: Prefilter): number | null {
  const overlap = 256;
  const piece = Buffer.allocUnsafe(1024 * 1024);
  let kept = 0;
  let lines = 1;
  for (let isFirst = true; ; isFirst = false) {
    const read = readSync(descriptor, piece, kept, piece.length - kept, null);
    if (read === 0) return null;
    const bytes = piece.subarray(0, kept + read);
    if (isFirst && isBinary(bytes)) return null;
    if (hasCandidate(bytes)) return lines + linesBefore(bytes, hasCandidate);
    kept = Math.min(overlap, bytes.length);
    lines += countLines(bytes.subarray(0, bytes.length - kept));
    piece.copyWithin(0, bytes.length - kept, bytes.length);
  }
}

/** How many lines end before the one that makes the prefilter say yes: the bytes are halved until it is found. */
function linesBefore(bytes: Buffer, hasCandidate: Prefilter): number {
  let [before, from] = [0, 0];
  let to = bytes.length;
  for (;;) {
    const end = bytes.indexOf(10, from + ((to - from) >> 1)) + 1;
    // The last line of what is left is found from its beginning.
    const half = end > 0 && end < to ? end : bytes.subarray(from, to - 1).indexOf(10) + 1 + from;
    if (half <= from || half >= to) return before;
    if (hasCandidate(bytes.subarray(0, half))) to = half;
    else {
      before += countLines(bytes.subarray(from, half));
      from = half;
    }
  }
}

function countLines(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(10); at !== -1; at = bytes.indexOf(10, at + 1)) count += 1;
  return count;
}
