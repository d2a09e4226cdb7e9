import { createCopyBlock } from "./copy-block.ts";
import { decodeText } from "./cursor.ts";
import { insideOf } from "./script-events.ts";
import type { ScriptEvent, ScriptReader, State } from "./script-events.ts";
import { countLines, dollarQuoteEnd, isCopyFromStdin, isWordByte, wordEnd } from "./sql-bytes.ts";
import { createStatementShape } from "./statement-shape.ts";

const [tab, newline, formFeed, carriageReturn, space] = [9, 10, 12, 13, 32];
const [doubleQuote, dollar, quote, open, close, star, dash, slash, semicolon, backslash] = [
  34, 36, 39, 40, 41, 42, 45, 47, 59, 92,
];
const longStatementHead = 64 * 1024;

/**
 * Splits an SQL script the way psql does (source: psqlscan.l, and handleCopyIn in psql's copy.c): strings, `E''`,
 * dollar quotes, quoted names, nested comments, `BEGIN ATOMIC` bodies, COPY blocks, psql commands. `push` takes bytes
 * cut anywhere; what is pending stays inside. Nothing is run; at most one statement (of `limit` bytes) is held.
 */
export function createScriptReader(
  handle: (event: ScriptEvent) => void,
  limit = 64 * 1024 * 1024,
): ScriptReader {
  let state: State = "between";
  let held = Buffer.allocUnsafe(256 * 1024);
  let length = 0;
  let at = 0;
  let start = 0;
  let line = 1;
  let startLine = 1;
  let total = 0;
  let standardStrings = true;
  let hasEscapes = false;
  let quoteClosedAt = -1;
  let commentDepth = 0;
  let beneath: "between" | "normal" = "between";
  let tag = Buffer.alloc(0);
  const shape = createStatementShape();
  let isLong = false;
  const copy = createCopyBlock((bytes) => {
    if (bytes.length > 0) handle({ type: "copy-data", bytes });
  });

  const beginStatement = (): void => {
    start = at;
    startLine = line;
    shape.start();
    isLong = false;
    quoteClosedAt = -1;
    state = "normal";
  };

  const endStatement = (): void => {
    const bytes = held.subarray(start, at);
    start = at;
    state = "between";
    if (isLong) return;
    if (shape.startsWith("set", "standard_conforming_strings")) {
      standardStrings = !/=\s*'?off/i.test(decodeText(bytes));
    }
    const isCopy = shape.startsWith("copy") && isCopyFromStdin(bytes);
    if (isCopy) state = "copy-line";
    handle({ type: isCopy ? "copy-start" : "statement", bytes, line: startLine });
  };

  /** Moves to the first `what` at or after `at` and past it; to the end of what is held when there is none. */
  const skipPast = (what: number | Buffer, size: number): boolean => {
    const end = held.subarray(0, length).indexOf(what, at);
    const stop = end < 0 ? Math.max(at, length - size + 1) : end + size;
    line += countLines(held, at, stop);
    at = stop;
    return end >= 0;
  };

  const comment = (): void => {
    beneath = state === "between" ? "between" : "normal";
    if (state === "between") start = at;
  };

  /** One step over code; false when the next bytes must be seen first. */
  const code = (isLast: boolean): boolean => {
    const byte = held[at] ?? 0;
    if (byte === newline || byte === space || byte === tab || byte === carriageReturn || byte === formFeed) {
      if (byte === newline) line += 1;
      at += 1;
      if (state === "between") start = at;
      return true;
    }
    if (byte === dash || byte === slash) {
      if (at + 1 >= length && !isLast) return false;
      const next = at + 1 < length ? held[at + 1] : 0;
      if ((byte === dash && next === dash) || (byte === slash && next === star)) {
        comment();
        state = byte === dash ? "line-comment" : "block-comment";
        commentDepth = 1;
        at += 2;
        return true;
      }
    }
    if (byte === backslash) {
      start = at;
      state = "meta";
      return true;
    }
    if (state === "between") beginStatement();
    if (isWordByte(byte)) return wordOrDollar(byte, isLast);
    at += 1;
    if (byte === quote) {
      // A quote right after a closing one goes on with the same string.
      if (quoteClosedAt !== at - 1) hasEscapes = !standardStrings;
      state = "quote";
    } else if (byte === doubleQuote) state = "name";
    else if (byte === open) shape.open();
    else if (byte === close) shape.close();
    else if (byte === semicolon && shape.isClosed()) endStatement();
    return true;
  };

  const wordOrDollar = (byte: number, isLast: boolean): boolean => {
    if (byte === dollar) {
      const end = dollarQuoteEnd(held, at, length);
      if (end === "unknown" && !isLast) return false;
      if (typeof end === "number") {
        tag = Buffer.from(held.subarray(at, end));
        state = "dollar";
        at = end;
      } else at += 1;
      return true;
    }
    const end = wordEnd(held, at, length);
    if (end === length && !isLast && end - at < longStatementHead) return false;
    if (end - at === 1 && (byte | 32) === 101 && end < length && held[end] === quote) {
      hasEscapes = true;
      state = "quote";
      at = end + 1;
      return true;
    }
    if (shape.wants(end - at)) shape.word(held.toString("latin1", at, end).toLowerCase());
    at = end;
    return true;
  };

  const string = (isLast: boolean): boolean => {
    const view = held.subarray(0, length);
    const end = view.indexOf(quote, at);
    const stop = end < 0 ? length : end;
    const escape = hasEscapes ? view.subarray(0, stop).indexOf(backslash, at) : -1;
    if (escape >= 0 && escape + 1 >= length && !isLast) {
      line += countLines(held, at, escape);
      at = escape;
      return false;
    }
    const next = escape >= 0 ? Math.min(escape + 2, length) : end < 0 ? length : end + 1;
    line += countLines(held, at, next);
    at = next;
    if (escape < 0 && end >= 0) {
      quoteClosedAt = at;
      state = "normal";
    }
    return true;
  };

  const blockComment = (isLast: boolean): boolean => {
    const byte = held[at] ?? 0;
    if (byte !== star && byte !== slash) {
      if (byte === newline) line += 1;
      at += 1;
      return true;
    }
    if (at + 1 >= length && !isLast) return false;
    const pair = at + 1 < length && held[at + 1] === (byte === star ? slash : star);
    at += pair ? 2 : 1;
    if (pair) commentDepth += byte === star ? -1 : 1;
    if (commentDepth === 0) {
      state = beneath;
      if (state === "between") start = at;
    }
    return true;
  };

  /** The rest of a comment or of a psql command, up to its line end. */
  const restOfLine = (isLast: boolean): boolean => {
    const found = held.subarray(0, length).indexOf(newline, at);
    if (found < 0 && !isLast) {
      at = length;
      return false;
    }
    at = found < 0 ? length : found;
    const isMeta = state === "meta";
    state = isMeta ? "between" : beneath;
    if (state === "normal") return true;
    const text = decodeText(held.subarray(start, at)).trimEnd();
    start = at;
    if (isMeta && text !== "") handle({ type: "meta-command", text, line });
    else if (!isMeta) handle({ type: "comment", text, line });
    return true;
  };

  /** What follows `FROM stdin;` on its line: nothing, in what pg_dump writes. */
  const copyLine = (isLast: boolean): boolean => {
    const end = held.subarray(0, length).indexOf(newline, at);
    if (end < 0 && !isLast) return false;
    const text = decodeText(held.subarray(at, end < 0 ? length : end)).trim();
    if (text !== "") handle({ type: "meta-command", text, line });
    line += 1;
    at = end < 0 ? length : end + 1;
    start = at;
    copy.start();
    state = "copy";
    return true;
  };

  const rows = (chunk: Buffer): number => {
    const after = copy.push(chunk);
    if (after >= 0) {
      handle({ type: "copy-end" });
      state = "meta";
    }
    return after;
  };

  const scan = (isLast: boolean): void => {
    let goesOn = true;
    while (goesOn && at < length) {
      if (state === "copy") {
        const after = rows(held.subarray(at, length));
        at = after < 0 ? length : at + after;
        start = at;
      } else if (state === "between" || state === "normal") goesOn = code(isLast);
      else if (state === "quote") goesOn = string(isLast);
      else if (state === "block-comment") goesOn = blockComment(isLast);
      else if (state === "line-comment" || state === "meta") goesOn = restOfLine(isLast);
      else if (state === "copy-line") goesOn = copyLine(isLast);
      else if (state === "name") {
        if (skipPast(doubleQuote, 1)) state = "normal";
      } else {
        goesOn = skipPast(tag, tag.length);
        if (goesOn) state = "normal";
      }
    }
    if (length - start > limit) {
      if (!isLong)
        handle({
          type: "long-statement",
          bytes: held.subarray(start, start + longStatementHead),
          line: startLine,
        });
      isLong = true;
      start = at;
    }
  };

  const append = (chunk: Buffer): void => {
    if (start > 0) {
      held.copyWithin(0, start, length);
      length -= start;
      at -= start;
      quoteClosedAt -= start;
      start = 0;
    }
    if (length + chunk.length > held.length) {
      const larger = Buffer.allocUnsafe(Math.max(held.length * 2, length + chunk.length));
      held.copy(larger, 0, 0, length);
      held = larger;
    }
    chunk.copy(held, length);
    length += chunk.length;
  };

  return {
    push(bytes) {
      let chunk = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      total += chunk.length;
      if (state === "copy" && at === length) {
        const after = rows(chunk);
        if (after < 0) return;
        chunk = chunk.subarray(after);
      }
      append(chunk);
      scan(false);
    },
    finish() {
      scan(true);
      if (state === "line-comment" || state === "meta") restOfLine(true);
      return { inside: insideOf(state), bytes: total };
    },
  };
}
