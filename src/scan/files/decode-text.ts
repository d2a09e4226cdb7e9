/** A file's text, and how its bytes were read. */
export interface DecodedText {
  readonly text: string;
  readonly encoding: "utf-8" | "utf-16le" | "utf-16be" | "latin1";
}

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Text of bytes: what a byte order mark says, else UTF-8, else latin1, in which every byte is a character. The mark is left out: the first
 * character is that of the program.
 */
export function decodeText(bytes: Uint8Array): DecodedText {
  const marked = markOf(bytes);
  if (marked === "utf-16le" || marked === "utf-16be") {
    return { text: new TextDecoder(marked).decode(bytes), encoding: marked };
  }
  const body = marked === "utf-8" ? bytes.subarray(3) : bytes;
  try {
    return { text: strict.decode(body), encoding: "utf-8" };
  } catch {
    // Not UTF-8: an old file of a European keyboard, most likely. Words of ASCII read the same in all of those.
    return { text: Buffer.from(body).toString("latin1"), encoding: "latin1" };
  }
}

/** Whether bytes are no text: a NUL among the first 8 KB, as git has it; UTF-16 says so by its mark. */
export function isBinary(bytes: Uint8Array): boolean {
  const marked = markOf(bytes);
  return marked !== "utf-16le" && marked !== "utf-16be" && bytes.subarray(0, 8192).includes(0);
}

/** The bytes that a prefilter can read: those of UTF-16 as UTF-8. */
export function asciiBytes(bytes: Uint8Array): Uint8Array {
  const marked = markOf(bytes);
  return marked === "utf-16le" || marked === "utf-16be" ? Buffer.from(decodeText(bytes).text) : bytes;
}

/** The bytes of a binary file that a prefilter can read: UTF-16 without a mark has a NUL beside each letter. */
export function withoutNuls(bytes: Uint8Array): Uint8Array {
  return bytes.filter((byte) => byte !== 0);
}

function markOf([first, second, third]: Uint8Array): "utf-8" | "utf-16le" | "utf-16be" | null {
  if (first === 0xef && second === 0xbb && third === 0xbf) return "utf-8";
  if (first === 0xff && second === 0xfe) return "utf-16le";
  return first === 0xfe && second === 0xff ? "utf-16be" : null;
}
