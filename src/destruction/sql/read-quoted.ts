/** What stands between quotes; `end` is behind the closing one, or the end of the text. */
export interface Quoted {
  readonly inner: string;
  readonly end: number;
  readonly isClosed: boolean;
}

/** Finds a mark from a place on; -1 where there is none. */
export type Find = (mark: string, from: number) => number;

/** A quote is doubled to stand for itself, a backslash is a character like any other. */
export function readQuoted(text: string, at: number, quote: string): Quoted {
  let end = text.indexOf(quote, at + 1);
  while (end >= 0 && text[end + 1] === quote) end = text.indexOf(quote, end + 2);
  const isClosed = end >= 0;
  const inner = text.slice(at + 1, isClosed ? end : text.length);
  return { inner: inner.replaceAll(quote + quote, quote), end: isClosed ? end + 1 : text.length, isClosed };
}

/** Backslashes escape, as in PostgreSQL's `E'…'` and in every string of MySQL's. */
export function readEscaped(text: string, at: number, quote: string): Quoted {
  let inner = "";
  let from = at + 1;
  for (let next = from; next < text.length; next += 1) {
    const character = text[next];
    if (character === "\\") {
      const escape = readEscape(text, next);
      inner += text.slice(from, next) + escape.text;
      from = escape.end;
      next = from - 1;
    } else if (character === quote) {
      if (text[next + 1] !== quote)
        return { inner: inner + text.slice(from, next), end: next + 1, isClosed: true };
      inner += text.slice(from, next + 1);
      from = next + 2;
      next += 1;
    }
  }
  return { inner: inner + text.slice(from), end: text.length, isClosed: false };
}

const control: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r", b: "\b", f: "\f" };
const coded = /\\(?:x([0-9a-f]{1,2})|u([0-9a-f]{4})|U([0-9a-f]{8})|([0-7]{1,3}))/iy;

function readEscape(text: string, at: number): { readonly text: string; readonly end: number } {
  coded.lastIndex = at;
  const code = coded.exec(text);
  if (code !== null) {
    const point =
      code[4] === undefined ? parseInt(code[1] ?? code[2] ?? code[3] ?? "0", 16) : parseInt(code[4], 8);
    return { text: point <= 0x10ffff ? String.fromCodePoint(point) : "", end: at + code[0].length };
  }
  const next = text[at + 1] ?? "";
  return { text: control[next] ?? next, end: at + 1 + next.length };
}

const dollarTag = /\$(?:[A-Za-z_\u0080-\u{10FFFF}][\w\u0080-\u{10FFFF}]*)?\$/uy;

/** `$$…$$`, `$tag$…$tag$`; null where none begins, or it never ends. */
export function readDollarQuoted(text: string, at: number, find: Find): Quoted | null {
  dollarTag.lastIndex = at;
  const tag = dollarTag.exec(text)?.[0];
  if (tag === undefined) return null;
  const end = find(tag, at + tag.length);
  if (end < 0) return null;
  return { inner: text.slice(at + tag.length, end), end: end + tag.length, isClosed: true };
}

const prefix = /(?:n?q'(.)|u&(['"])|[bxn]'|e')/iy;
const closers: Readonly<Record<string, string>> = { "[": "]", "(": ")", "{": "}", "<": ">" };

/**
 * A string or name that a letter begins: `E'…'`, `N'…'`, `B'…'`, `X'…'`, `U&'…'`, `U&"…"`, Oracle's `q'[…]'`; null where none
 * does. Without `find` Oracle's are none.
 */
export function readPrefixed(
  text: string,
  at: number,
  find: Find | null,
): (Quoted & { readonly quote: string }) | null {
  prefix.lastIndex = at;
  const found = prefix.exec(text);
  if (found === null) return null;
  const [all, open, unicode] = found;
  if (open !== undefined) {
    if (find === null) return null;
    const close = `${closers[open] ?? open}'`;
    const end = find(close, at + all.length);
    if (end < 0) return null;
    return { inner: text.slice(at + all.length, end), end: end + close.length, isClosed: true, quote: "q" };
  }
  if (unicode !== undefined) return { ...readQuoted(text, at + 2, unicode), quote: unicode };
  const isEscaping = all[0] === "e" || all[0] === "E";
  return { ...(isEscaping ? readEscaped : readQuoted)(text, at + 1, "'"), quote: "'" };
}
