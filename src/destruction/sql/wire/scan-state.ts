import type { HeldBytes } from "./held-bytes.ts";

/** What a token is; of `unicode` the escapes are still in it, of `bits` (`B'…'`, `X'…'`) the letter stands before what is inside. */
export type ScannedType =
  | "word"
  | "number"
  | "parameter"
  | "operator"
  | "symbol"
  | "plain"
  | "escapes"
  | "unicode"
  | "bits"
  | "dollar"
  | "name"
  | "unicode-name";

/** Who takes the tokens. The bytes are valid during the call alone. */
export interface ScanSink {
  /**
   * `inner`: a word, or what is inside of the quotes, doubled ones as they stand. `touches`: nothing stands
   * between this and what came before. `isMore`: the string goes on behind a line's end, in the next call.
   */
  token(type: ScannedType, inner: HeldBytes, touches: boolean, isMore: boolean): void;
  /** A comment between slash and star, without these. */
  comment(inner: HeldBytes): void;
  /** Another version of the server, or one of another encoding, reads this differently, or it is not known how: nothing is certain of this text. */
  odd(): void;
}

/** What the scanner is in. Any byte can be the last of a piece. */
export const mode = {
  between: 0,
  word: 1,
  number: 2,
  parameter: 3,
  operator: 4,
  line: 5,
  comment: 6,
  string: 7,
  behindBackslash: 8,
  behindQuote: 9,
  gap: 10,
  gapDash: 11,
  gapLine: 12,
  name: 13,
  behindNameQuote: 14,
  tag: 15,
  dollar: 16,
  behindU: 17,
} as const;

export type Mode = (typeof mode)[keyof typeof mode];

/** Where a scanner stands in its text. */
export interface Scan {
  readonly sink: ScanSink;
  readonly held: HeldBytes;
  readonly isStandardStrings: boolean;
  readonly trails: Uint8Array | null;
  mode: Mode;
  /** Nothing stands between the next token and the last. */
  touches: boolean;
  /** How many bytes of the character that has begun are still to come; -1: the next one tells. */
  trailing: number;
  /** Of the string that is read. */
  type: ScannedType;
  depth: number;
  /** The byte before, where two make a mark. */
  last: number;
  sawNewline: boolean;
  /** The last token is a number, and the word that is read touches it. */
  isBehindNumber: boolean;
  isGlued: boolean;
  /** The dollar quote that ends what is read, and how much of it stands before this byte. */
  tag: Uint8Array;
  matched: number;
}

/** The longest token of which all is kept, in bytes. */
export const longestToken = 1 << 16;

export const byteOf = {
  quote: 0x27,
  doubleQuote: 0x22,
  dollar: 0x24,
  ampersand: 0x26,
  star: 0x2a,
  dash: 0x2d,
  slash: 0x2f,
  backslash: 0x5c,
} as const;

/** Hands on what is held. */
export function emit(scan: Scan, type: ScannedType, isMore = false): void {
  const { held } = scan;
  scan.sink.token(type, held, scan.touches, isMore);
  held.clear();
  scan.touches = true;
  scan.isBehindNumber = type === "number";
}

/** Notes that a lead byte has begun a character. */
export function lead(scan: Scan, byte: number): void {
  const count = scan.trails?.[byte] ?? 0;
  scan.trailing = count === 4 ? -1 : count;
}

/** Where the character ends that has begun: its bytes are no letters, quotes or backslashes. */
export function skipTrail(scan: Scan, bytes: Uint8Array, from: number): number {
  let at = from;
  for (; scan.trailing !== 0 && at < bytes.length; at += 1) {
    const byte = bytes[at] ?? 0;
    if (scan.trailing > 0) scan.trailing -= 1;
    // GB18030: four bytes where the second is a digit, else two.
    else scan.trailing = byte >= 0x30 && byte <= 0x39 ? 2 : 0;
  }
  return at;
}
