import { byteOf, emit, lead, mode, skipTrail } from "./scan-state.ts";
import type { Scan } from "./scan-state.ts";

/** What is inside of `'…'`, to the next quote or, where it escapes, backslash. */
export function scanString(scan: Scan, bytes: Uint8Array, from: number): number {
  let at = skipTrail(scan, bytes, from);
  if (scan.type === "escapes") {
    for (; at < bytes.length; at += 1) {
      const byte = bytes[at] ?? 0;
      if (byte === byteOf.quote || byte === byteOf.backslash) break;
      if (scan.trails !== null && byte >= 0x80) {
        lead(scan, byte);
        at = skipTrail(scan, bytes, at + 1) - 1;
      }
    }
  } else {
    const end = bytes.indexOf(byteOf.quote, at);
    at = end < 0 ? bytes.length : end;
  }
  scan.held.add(bytes, from, at);
  if (at === bytes.length) return at;
  if (bytes[at] === byteOf.backslash) {
    scan.held.add(bytes, at, at + 1);
    scan.mode = mode.behindBackslash;
  } else if (scan.type === "bits") endString(scan);
  else scan.mode = mode.behindQuote;
  return at + 1;
}

/** Whatever it is, it is no quote and no backslash. */
export function scanBehindBackslash(scan: Scan, bytes: Uint8Array, at: number): number {
  scan.held.add(bytes, at, at + 1);
  lead(scan, bytes[at] ?? 0);
  scan.mode = mode.string;
  return at + 1;
}

const twoQuotes = Uint8Array.of(byteOf.quote, byteOf.quote);

export function scanBehindQuote(scan: Scan, bytes: Uint8Array, at: number): number {
  if (bytes[at] === byteOf.quote) {
    scan.held.add(twoQuotes, 0, 2);
    scan.mode = mode.string;
    return at + 1;
  }
  endString(scan);
  return at;
}

/** The quote is closed: behind a line's end the string may go on. */
function endString(scan: Scan): void {
  scan.sawNewline = false;
  scan.last = 0;
  scan.mode = mode.gap;
}

/** Between the end of a string and what comes behind it: `quotecontinue` of scan.l. `last` is not 0 once anything stands between. */
export function scanGap(scan: Scan, bytes: Uint8Array, from: number): number {
  for (let at = from; at < bytes.length; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte === byteOf.quote && scan.sawNewline) {
      emit(scan, scan.type, true);
      scan.mode = mode.string;
      return at + 1;
    }
    if (byte === byteOf.dash) {
      scan.mode = mode.gapDash;
      return at + 1;
    }
    if (byte !== 0x20 && (byte < 0x09 || byte > 0x0d)) {
      emitLast(scan);
      scan.mode = mode.between;
      return at;
    }
    scan.last = byte;
    if (byte === 0x0a || byte === 0x0d) scan.sawNewline = true;
  }
  return bytes.length;
}

/** The last piece of a string. */
export function emitLast(scan: Scan): void {
  emit(scan, scan.type);
  scan.touches = scan.last === 0;
}

const minus = Uint8Array.of(byteOf.dash);

export function scanGapDash(scan: Scan, bytes: Uint8Array, at: number): number {
  if (bytes[at] === byteOf.dash) {
    scan.last = byteOf.dash;
    scan.mode = mode.gapLine;
    return at + 1;
  }
  emitLast(scan);
  scan.held.add(minus, 0, 1);
  scan.last = byteOf.dash;
  scan.mode = mode.operator;
  return at;
}

/** What is inside of `"…"`. */
export function scanName(scan: Scan, bytes: Uint8Array, from: number): number {
  const end = bytes.indexOf(byteOf.doubleQuote, from);
  const at = end < 0 ? bytes.length : end;
  scan.held.add(bytes, from, at);
  if (at === bytes.length) return at;
  scan.mode = mode.behindNameQuote;
  return at + 1;
}

const twoDoubleQuotes = Uint8Array.of(byteOf.doubleQuote, byteOf.doubleQuote);

export function scanBehindNameQuote(scan: Scan, bytes: Uint8Array, at: number): number {
  if (bytes[at] === byteOf.doubleQuote) {
    scan.held.add(twoDoubleQuotes, 0, 2);
    scan.mode = mode.name;
    return at + 1;
  }
  emit(scan, scan.type);
  scan.mode = mode.between;
  return at;
}

/** What is inside of a dollar quote, to the quote that began it. */
export function scanDollar(scan: Scan, bytes: Uint8Array, from: number): number {
  const { held, tag } = scan;
  let at = from;
  while (at < bytes.length) {
    if (scan.matched === 0) {
      const next = bytes.indexOf(byteOf.dollar, at);
      if (next < 0) break;
      at = next;
    }
    const byte = bytes[at] ?? 0;
    at += 1;
    if (byte === tag[scan.matched]) scan.matched += 1;
    else scan.matched = byte === byteOf.dollar ? 1 : 0;
    if (scan.matched < tag.length) continue;
    held.add(bytes, from, at);
    held.trim(tag.length);
    emit(scan, "dollar");
    scan.mode = mode.between;
    return at;
  }
  held.add(bytes, from, bytes.length);
  return bytes.length;
}
