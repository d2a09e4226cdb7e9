import { digitByte, dollarByte, isWordByte, lexicalClass } from "./lexical-classes.ts";
import { byteOf, emit, lead, longestToken, mode, skipTrail } from "./scan-state.ts";
import type { Scan } from "./scan-state.ts";

const dollarSign = Uint8Array.of(byteOf.dollar);

/** Behind a `$`: the digits of a parameter, the tag of a dollar quote, or nothing that is one: then it stands alone. */
export function scanTag(scan: Scan, bytes: Uint8Array, from: number): number {
  const { held } = scan;
  let at = skipTrail(scan, bytes, from);
  if (held.size() === 1 && at === from && lexicalClass[bytes[at] ?? 0] === digitByte) {
    scan.mode = mode.parameter;
    return at;
  }
  for (; at < bytes.length; at += 1) {
    const byte = bytes[at] ?? 0;
    if (!isWordByte(byte) || byte === byteOf.dollar) break;
    if (scan.trails !== null && byte >= 0x80) {
      lead(scan, byte);
      at = skipTrail(scan, bytes, at + 1) - 1;
    }
  }
  held.add(bytes, from, at);
  if (at === bytes.length) return at;
  if (lexicalClass[bytes[at] ?? 0] === dollarByte) return open(scan, at + 1);
  // The `$` is a token, and what seemed to be a tag is read again, as a word.
  const word = held.view().slice(1);
  held.clear();
  held.add(dollarSign, 0, 1);
  emit(scan, "symbol");
  held.add(word, 0, word.length);
  scan.isGlued = false;
  scan.mode = word.length === 0 ? mode.between : mode.word;
  return at;
}

function open(scan: Scan, at: number): number {
  const { held } = scan;
  // Two tags that are one in the server's encoding may be two in the client's.
  const isTold = held.size() < longestToken && held.view().every((byte) => byte < 0x80);
  if (!isTold) scan.sink.odd();
  held.add(dollarSign, 0, 1);
  scan.tag = held.view().slice();
  scan.matched = 0;
  held.clear();
  scan.mode = mode.dollar;
  return at;
}

/** A comment to the end of its line. */
export function scanLine(scan: Scan, bytes: Uint8Array, from: number): number {
  let at = from;
  while (at < bytes.length && bytes[at] !== 0x0a && bytes[at] !== 0x0d) at += 1;
  if (at < bytes.length) scan.mode = scan.mode === mode.line ? mode.between : mode.gap;
  return at;
}

/** What is inside of a comment between slash and star; such comments nest. */
export function scanComment(scan: Scan, bytes: Uint8Array, from: number): number {
  const { held } = scan;
  for (let at = from; at < bytes.length; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte === byteOf.star && scan.last === byteOf.slash) scan.depth += 1;
    else if (byte === byteOf.slash && scan.last === byteOf.star) scan.depth -= 1;
    else {
      scan.last = byte;
      continue;
    }
    scan.last = 0;
    if (scan.depth > 0) continue;
    held.add(bytes, from, at);
    held.trim(1);
    scan.sink.comment(held);
    held.clear();
    scan.mode = mode.between;
    return at + 1;
  }
  held.add(bytes, from, bytes.length);
  return bytes.length;
}
