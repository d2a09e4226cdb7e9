/** The text up to the NUL at or behind `at`, one character a byte, and where what follows begins; null where none ends before `end`. */
export function cstringAt(
  bytes: Uint8Array,
  at: number,
  end: number,
): { readonly text: string; readonly next: number } | null {
  const nul = bytes.indexOf(0, at);
  if (nul < 0 || nul >= end) return null;
  return { text: latin1(bytes, at, nul), next: nul + 1 };
}

/** One character a byte: names are compared as the bytes that they are, in whatever encoding. */
export function latin1(bytes: Uint8Array, from: number, to: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from).toString("latin1");
}

/** As UTF-8 where it is that, else one character a byte: for people. */
export function readable(text: string): string {
  const bytes = Buffer.from(text, "latin1");
  const decoded = bytes.toString("utf8");
  return decoded.includes("\uFFFD") ? text : decoded;
}

/** In place of every name that may be another to the server than it is here. */
export const foreignName = "\u0080";

/** ASCII, without the two characters that SHIFT_JIS_2004 writes in another way, too. */
const plain = /^[^\\~\u0080-\uffff]*$/;

/**
 * The name of a prepared statement or portal as the server keeps it, of the wire or of SQL: the first 63 bytes (NAMEDATALEN), and so two that
 * begin alike are one. Which those are of a name beyond ASCII depends on both sides' encodings: all such names are one here.
 */
export function keptName(text: string): string {
  const kept = text.slice(0, longestName);
  return plain.test(kept) ? kept : foreignName;
}

export const longestName = 63;
