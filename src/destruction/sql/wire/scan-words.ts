import {
  blankByte,
  digitByte,
  dollarByte,
  doubleQuoteByte,
  isWordByte,
  letterByte,
  lexicalClass,
  operatorByte,
  quoteByte,
} from "./lexical-classes.ts";
import { byteOf, emit, lead, mode, skipTrail } from "./scan-state.ts";
import type { Scan } from "./scan-state.ts";

/** Each of these reads from a byte on as far as it can, and gives where the next one goes on. */

/** The beginning of a token. */
export function scanBetween(scan: Scan, bytes: Uint8Array, at: number): number {
  switch (lexicalClass[bytes[at] ?? 0]) {
    case blankByte:
      scan.touches = false;
      return at + 1;
    case letterByte:
      scan.mode = mode.word;
      scan.isGlued = scan.isBehindNumber && scan.touches;
      return at;
    case digitByte:
      scan.mode = mode.number;
      return at;
    case operatorByte:
      scan.mode = mode.operator;
      scan.last = 0;
      return at;
    case quoteByte:
      scan.type = scan.isStandardStrings ? "plain" : "escapes";
      scan.mode = mode.string;
      return at + 1;
    case doubleQuoteByte:
      scan.type = "name";
      scan.mode = mode.name;
      return at + 1;
    case dollarByte:
      scan.held.add(bytes, at, at + 1);
      scan.mode = mode.tag;
      return at + 1;
    default:
      scan.held.add(bytes, at, at + 1);
      emit(scan, "symbol");
      return at + 1;
  }
}

const [letterB, letterE, letterU, letterX] = [0x62, 0x65, 0x75, 0x78];

/** A word; behind some letters a quote begins something else. */
export function scanWord(scan: Scan, bytes: Uint8Array, from: number): number {
  const { held } = scan;
  let at = skipTrail(scan, bytes, from);
  for (; at < bytes.length; at += 1) {
    const byte = bytes[at] ?? 0;
    if (!isWordByte(byte)) break;
    // `0x1$a$` is a word behind a number, or a number before a dollar quote.
    if (byte === byteOf.dollar && scan.isGlued) scan.sink.odd();
    if (scan.trails !== null && byte >= 0x80) {
      lead(scan, byte);
      at = skipTrail(scan, bytes, at + 1) - 1;
    }
  }
  held.add(bytes, from, at);
  if (at === bytes.length) return at;
  const letter = held.size() === 1 ? held.first() | 0x20 : 0;
  const byte = bytes[at];
  if (byte === byteOf.quote && letter === letterE) {
    held.clear();
    scan.type = "escapes";
    scan.mode = mode.string;
    return at + 1;
  }
  if (byte === byteOf.quote && (letter === letterB || letter === letterX)) {
    scan.type = "bits";
    scan.mode = mode.string;
    return at + 1;
  }
  if (byte === byteOf.ampersand && letter === letterU) {
    scan.mode = mode.behindU;
    return at + 1;
  }
  emit(scan, "word");
  scan.mode = mode.between;
  return at;
}

const and = Uint8Array.of(byteOf.ampersand);

/** Behind `U&`: a quote, or it was a word before an operator. */
export function scanBehindU(scan: Scan, bytes: Uint8Array, at: number): number {
  const byte = bytes[at];
  if (byte === byteOf.quote || byte === byteOf.doubleQuote) {
    scan.held.clear();
    scan.type = byte === byteOf.quote ? "unicode" : "unicode-name";
    scan.mode = byte === byteOf.quote ? mode.string : mode.name;
    return at + 1;
  }
  emit(scan, "word");
  scan.held.add(and, 0, 1);
  scan.last = byteOf.ampersand;
  scan.mode = mode.operator;
  return at;
}

/** The digits of a number, or of a parameter: points and exponents are tokens of their own that touch it. */
export function scanDigits(scan: Scan, bytes: Uint8Array, from: number): number {
  let at = from;
  while (at < bytes.length && lexicalClass[bytes[at] ?? 0] === digitByte) at += 1;
  scan.held.add(bytes, from, at);
  if (at === bytes.length) return at;
  emit(scan, scan.mode === mode.parameter ? "parameter" : "number");
  scan.mode = mode.between;
  return at;
}

/** A run of an operator's characters: a comment that begins within ends it. */
export function scanOperator(scan: Scan, bytes: Uint8Array, from: number): number {
  const { held } = scan;
  let at = from;
  for (; at < bytes.length; at += 1) {
    const byte = bytes[at] ?? 0;
    const isBlock = scan.last === byteOf.slash && byte === byteOf.star;
    if (isBlock || (scan.last === byteOf.dash && byte === byteOf.dash)) {
      // The first byte of the mark may have come with the piece before.
      held.add(bytes, from, at);
      held.trim(1);
      if (held.size() > 0) scan.sink.token("operator", held, scan.touches, false);
      held.clear();
      scan.touches = false;
      scan.mode = isBlock ? mode.comment : mode.line;
      scan.depth = 1;
      scan.last = 0;
      return at + 1;
    }
    if (lexicalClass[byte] !== operatorByte) break;
    scan.last = byte;
  }
  held.add(bytes, from, at);
  if (at === bytes.length) return at;
  emit(scan, "operator");
  scan.mode = mode.between;
  return at;
}
