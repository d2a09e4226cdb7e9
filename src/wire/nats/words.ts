/** Splits a line at blanks and tabs, as the server does: no empty words. Null: more than `most`. */
export function splitWords(bytes: Buffer, at: number, end: number, most: number): readonly string[] | null {
  const words: string[] = [];
  let start = -1;
  for (let index = at; index <= end; index += 1) {
    if (index < end && !isBlank(bytes[index])) {
      if (start < 0) start = index;
    } else if (start >= 0) {
      if (words.length === most) return null;
      words.push(bytes.toString("utf8", start, index));
      start = -1;
    }
  }
  return words;
}

/** The number at the end of a line, nine digits at most as the server reads it; -1 for anything else. */
export function lastNumber(bytes: Buffer, at: number, end: number): number {
  let stop = end;
  while (stop > at && isBlank(bytes[stop - 1])) stop -= 1;
  let value = 0;
  let scale = 1;
  let index = stop - 1;
  for (; index >= at; index -= 1) {
    const digit = (bytes[index] ?? 0) - 0x30;
    if (digit < 0 || digit > 9) break;
    value += digit * scale;
    scale *= 10;
  }
  const digits = stop - 1 - index;
  return digits > 0 && digits <= 9 && index >= at && isBlank(bytes[index]) ? value : -1;
}

export function isBlank(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x09;
}

/** Whether the line begins with this word, in capitals or not, and a blank or its end stands behind it. `word` in capitals, of letters. */
export function startsWith(word: string, bytes: Buffer, at: number, end: number): boolean {
  if (end - at < word.length) return false;
  for (let index = 0; index < word.length; index += 1)
    if (((bytes[at + index] ?? 0) & 0xdf) !== word.charCodeAt(index)) return false;
  return end - at === word.length || isBlank(bytes[at + word.length]);
}

/** Whether a line holds a byte that the protocol has no use for: CR, which the server and others read differently, or NUL. */
export function hasStray(bytes: Buffer, at: number, end: number): boolean {
  for (let index = at; index < end; index += 1) if (bytes[index] === 0x0d || bytes[index] === 0) return true;
  return false;
}
