import { splitInline } from "./split-inline.ts";

/** The words of a command, as the server has them. */
export interface SplitCommand {
  /** Parts of the bytes that were given, but of a line typed by hand. */
  readonly words: readonly Uint8Array[];
  /** There are more, or the last one goes on. */
  readonly isCut: boolean;
  /** How many there are. */
  readonly count: number;
}

/**
 * Takes apart the bytes of a command that a reader found whole, or of the beginning of one; up to `most` words. Null for a line typed by hand with a
 * quote that is not closed, which is no command.
 */
export function splitCommand(bytes: Uint8Array, most: number): SplitCommand | null {
  if (bytes[0] !== 0x2a) return splitTyped(bytes, most);
  const words: Uint8Array[] = [];
  const [count, first] = readHeader(bytes, 1);
  let at = first;
  while (words.length < count) {
    if (words.length === most || at >= bytes.length) return { words, isCut: true, count };
    const [length, from] = readHeader(bytes, at + 1);
    if (from + length > bytes.length) return { words, isCut: true, count };
    words.push(bytes.subarray(from, from + length));
    at = from + length + 2;
  }
  return { words, isCut: false, count };
}

function splitTyped(bytes: Uint8Array, most: number): SplitCommand | null {
  const feed = bytes.indexOf(0x0a);
  if (feed < 0) return { words: [], isCut: true, count: 0 };
  const words = splitInline(bytes.subarray(0, feed > 0 && bytes[feed - 1] === 0x0d ? feed - 1 : feed));
  return words && { words: words.slice(0, most), isCut: words.length > most, count: words.length };
}

/** The number, and what stands behind its CR LF. A header that is cut counts as far as it goes; what it names lies behind the end then. */
function readHeader(bytes: Uint8Array, from: number): readonly [number, number] {
  let value = 0;
  for (let at = from; at < bytes.length; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte === 0x0d) return [value, at + 2];
    if (byte === 0x2d) return [0, bytes.length + 1];
    if (byte >= 0x30 && byte <= 0x39) value = value * 10 + byte - 0x30;
  }
  return [value, bytes.length + 1];
}
