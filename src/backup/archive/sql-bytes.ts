/** Pure decisions over the bytes of SQL code (source: psqlscan.l). */

const [newline, dollar] = [10, 36];

/** A letter, a digit, `_`, `$` or a byte of a non-ASCII character: what goes on with a word. */
export function isWordByte(byte: number): boolean {
  return (
    (byte >= 97 && byte <= 122) ||
    (byte >= 65 && byte <= 90) ||
    (byte >= 48 && byte <= 57) ||
    byte === 95 ||
    byte === dollar ||
    byte >= 128
  );
}

export function wordEnd(bytes: Uint8Array, from: number, length: number): number {
  let at = from + 1;
  while (at < length && isWordByte(bytes[at] ?? 0)) at += 1;
  return at;
}

/** Where the body of a dollar quote that opens at `from` starts; `none` when it is no quote; `unknown` at the edge. */
export function dollarQuoteEnd(bytes: Uint8Array, from: number, length: number): number | "none" | "unknown" {
  let at = from + 1;
  while (at < length && at - from < 256) {
    const byte = bytes[at] ?? 0;
    if (byte === dollar) return at + 1;
    const isDigit = byte >= 48 && byte <= 57;
    if (!isWordByte(byte) || (isDigit && at === from + 1)) return "none";
    at += 1;
  }
  return at < length ? "none" : "unknown";
}

export function countLines(bytes: Buffer, from: number, to: number): number {
  let count = 0;
  if (to - from < 64) {
    for (let at = from; at < to; at += 1) if (bytes[at] === newline) count += 1;
    return count;
  }
  const view = bytes.subarray(from, to);
  for (let at = view.indexOf(newline); at >= 0; at = view.indexOf(newline, at + 1)) count += 1;
  return count;
}

/** Whether a statement that starts with COPY reads rows that follow it. */
export function isCopyFromStdin(statement: Buffer): boolean {
  return statement.length < 1 << 20 && /\bfrom\s+stdin\b[^']*;$/i.test(statement.toString("latin1"));
}
