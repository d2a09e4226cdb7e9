/**
 * The words of a line typed by hand, as Redis' `sdssplitargs` splits it: blanks between, `"…"` with `\n \r \t \b \a \xHH`, `'…'` with `\'`;
 * a quote may begin in the middle of a word, and must be followed by a blank. Null when a quote is not closed so.
 * https://github.com/redis/redis/blob/7.0/src/sds.c (sdssplitargs); the line has no NUL.
 */
export function splitInline(line: Uint8Array): readonly Uint8Array[] | null {
  const words: Uint8Array[] = [];
  let at = 0;
  for (;;) {
    while (isSpace(line[at])) at += 1;
    if (at >= line.length) return words;
    const word: number[] = [];
    const end = readWord(line, at, word);
    if (end < 0) return null;
    words.push(Uint8Array.from(word));
    at = end;
  }
}

const quote = 0x22;
const apostrophe = 0x27;
const backslash = 0x5c;

/** C's isspace; none at the end. */
function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || (byte !== undefined && byte >= 0x09 && byte <= 0x0d);
}

/** Where the word ends; negative when a quote in it does not. A vertical tab and a form feed part words only where one begins. */
function readWord(line: Uint8Array, from: number, word: number[]): number {
  let at = from;
  for (;;) {
    const byte = line[at];
    if (byte === undefined || byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09) return at;
    if (byte !== quote && byte !== apostrophe) {
      word.push(byte);
      at += 1;
      continue;
    }
    at = byte === quote ? readQuoted(line, at + 1, word) : readPlainlyQuoted(line, at + 1, word);
    return at < 0 || (at < line.length && !isSpace(line[at])) ? -1 : at;
  }
}

/** Behind the quote that closes; negative when there is none. */
function readQuoted(line: Uint8Array, from: number, word: number[]): number {
  for (let at = from; at < line.length; at += 1) {
    const byte = line[at] ?? 0;
    if (byte === quote) return at + 1;
    if (byte !== backslash || at + 1 >= line.length) {
      word.push(byte);
      continue;
    }
    const next = line[at + 1] ?? 0;
    const high = hexDigit(line[at + 2]);
    const low = hexDigit(line[at + 3]);
    if (next === 0x78 && high >= 0 && low >= 0) {
      word.push(high * 16 + low);
      at += 3;
      continue;
    }
    word.push(escaped.get(next) ?? next);
    at += 1;
  }
  return -1;
}

function readPlainlyQuoted(line: Uint8Array, from: number, word: number[]): number {
  for (let at = from; at < line.length; at += 1) {
    const byte = line[at] ?? 0;
    if (byte === apostrophe) return at + 1;
    const isEscape = byte === backslash && line[at + 1] === apostrophe;
    word.push(isEscape ? apostrophe : byte);
    if (isEscape) at += 1;
  }
  return -1;
}

const escaped: ReadonlyMap<number, number> = new Map([
  [0x6e, 0x0a],
  [0x72, 0x0d],
  [0x74, 0x09],
  [0x62, 0x08],
  [0x61, 0x07],
]);

function hexDigit(byte: number | undefined): number {
  if (byte === undefined) return -1;
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}
