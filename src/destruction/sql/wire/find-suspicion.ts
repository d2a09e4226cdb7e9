import { anyHit, classOf, endHit, firstHit, hitState, nextState } from "./suspicion-table.ts";

/** What stands in a text, as hits of `suspicion-table.ts`, whatever quotes or comments they stand in. */
export function findSuspicion(bytes: Uint8Array, from: number = 0, to: number = bytes.length): number {
  const found = continueSuspicion(bytes, 0, from, to);
  return (found >> 16) | (endHit[found & 0xffff] ?? 0);
}

/** The same of one piece of a text: gives what was found so far, times 65 536, and the state to go on with, to be handed in with the next piece; 0 at first. */
export function continueSuspicion(
  bytes: Uint8Array,
  before: number,
  from: number = 0,
  to: number = bytes.length,
): number {
  let state = before & 0xffff;
  let hits = before >> 16;
  for (let at = from; at < to; at += 1) {
    state = nextState[(state << 5) | (classOf[bytes[at] ?? 0] ?? 0)] ?? 0;
    if (state < hitState) continue;
    hits |= (state - hitState) >> 1;
    state = (state - hitState) & 1;
  }
  return (hits << 16) | state;
}

/** Whether what was found may be a destruction, or do something to the session. False: nothing in this text is, and it need not be lexed. */
export function isSuspicious(bytes: Uint8Array, hits: number): boolean {
  if ((hits & anyHit) !== 0) return true;
  return (hits & firstHit) !== 0 && !isOneDataStatement(bytes);
}

/** Whether a text may be a destruction, or do something to the session that its reader must follow: by the first of three looks, the cheapest. */
export function isSuspect(bytes: Uint8Array, from: number = 0, to: number = bytes.length): boolean {
  const hits = findSuspicion(bytes, from, to);
  return hits !== 0 && isSuspicious(bytes.subarray(from, to), hits);
}

/** Statements in which no word counts that counts only as the first. */
const dataWords: ReadonlySet<string> = new Set(["select", "insert", "update", "values", "with"]);
const semicolon = 0x3b;

/** Whether this is one statement, and begins with one of these words: `UPDATE t SET …`, `INSERT … ON CONFLICT DO …`. */
function isOneDataStatement(bytes: Uint8Array): boolean {
  let at = 0;
  while (isBlank(bytes[at])) at += 1;
  let word = "";
  for (; at < bytes.length && word.length < 7; at += 1) {
    const kind = classOf[bytes[at] ?? 0] ?? 0;
    if (kind === 0 || kind > 26) break;
    word += String.fromCharCode(96 + kind);
  }
  if (!dataWords.has(word) || !isBlank(bytes[at])) return false;
  let end = bytes.indexOf(semicolon, at);
  if (end < 0) return true;
  while (end < bytes.length && (bytes[end] === semicolon || isBlank(bytes[end]))) end += 1;
  return end === bytes.length;
}

function isBlank(byte: number | undefined): boolean {
  return byte === 0x20 || (byte !== undefined && byte >= 0x09 && byte <= 0x0d);
}

/** Whether what a text means may depend on the state of the session: it holds a backslash, or a byte beyond ASCII. */
export function dependsOnState(bytes: Uint8Array): boolean {
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte >= 0x80 || byte === 0x5c) return true;
  }
  return false;
}
