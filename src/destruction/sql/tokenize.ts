import { hole } from "../destruction.ts";
import { readDollarQuoted, readEscaped, readPrefixed, readQuoted } from "./read-quoted.ts";
import type { Find } from "./read-quoted.ts";
import type { Token } from "./token.ts";

/**
 * How a text is read where dialects part. `postgres`: to the letter of PostgreSQL's own lexer, so that nothing hides in what it takes for an
 * operator. `script`: with what scripts, templates and other dialects add to that: psql's commands, `GO`, `DELIMITER`, `{{ x }}`, `` `x` ``,
 * `[x]`, `q'[x]'`, what MySQL executes in comments. `mysql`: the same, but a backslash escapes in every string, and a line that begins with `#` is a comment.
 */
export type Reading = "postgres" | "script" | "mysql";

const blank = /\s+/y;
/** PostgreSQL takes every character beyond ASCII for a letter; in a script a blank is one, however wide. */
const word = /(?:[A-Za-z_]|[^\x00-\x7f\s])(?:[\w$]|[^\x00-\x7f\s])*/uy;
const plainWord = /[A-Za-z_][\w$]*/y;
const postgresWord = /[A-Za-z_\u0080-\u{10FFFF}][\w$\u0080-\u{10FFFF}]*/uy;
const postgresBlank = /[ \t\n\r\f\v]+/y;
const number = /\d[\w.]*/y;
const bracketed = /\[([^\]['\n]*)\]/y;
const metaCommand = /\\(;|[\p{L}?!]*)[^\n]*/uy;
const batchEnd = /(?:GO(?:[ \t]+\d+)?|\/)[ \t]*;?[ \t]*(?=\r?\n|$)/iy;
const delimiterLine = /DELIMITER[ \t]+(\S+)[ \t]*(?=\r?\n|$)/iy;
const conditional = /\/\*M?!\d*/y;
const lineEnd = /[\r\n]/g;
const commentMark = /\/\*|\*\//g;
const pairs: ReadonlySet<string> = new Set(["||", ":=", "::", "+="]);

/** Cuts SQL of any dialect into tokens, in time linear in its length; never throws. Comments are left out. */
export function* tokenize(text: string, reading: Reading): Generator<Token> {
  let at = 0;
  let isLineStart = true;
  let isConditional = false;
  let delimiter = "";
  let valueEnd = -1;
  let firstWord = "";
  let lastWord = "";
  let isCopying = false;
  const isScript = reading !== "postgres";

  // What was looked for to the end of the text and not found is not looked for again: so no text takes quadratic time.
  const missing = new Set<string>();
  const find: Find = (mark, from) => {
    if (missing.has(mark)) return -1;
    const found = text.indexOf(mark, from);
    if (found < 0) missing.add(mark);
    return found;
  };
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    return pattern.exec(text);
  };

  /** A word of ASCII, as nearly all are, by the cheaper pattern. */
  const takeWord = (): RegExpExecArray | null => {
    const plain = take(plainWord);
    if (plain !== null && !(text.charCodeAt(plainWord.lastIndex) > 0x7f)) return plain;
    return take(isScript ? word : postgresWord);
  };

  /** The end of a comment that begins here: PostgreSQL's nest; where that finds no end, the first one counts. */
  function commentEnd(): number {
    if (!missing.has("nested")) {
      commentMark.lastIndex = at;
      let depth = 0;
      for (let mark = commentMark.exec(text); mark !== null; mark = commentMark.exec(text)) {
        depth += mark[0] === "/*" ? 1 : -1;
        if (depth === 0) return commentMark.lastIndex;
      }
      missing.add("nested");
    }
    const end = find("*/", at + 2);
    return end < 0 ? text.length : end + 2;
  }

  /** Where what is no token ends: white space, comments, the marks of a template; the same place when none begins here. */
  function skip(): number {
    // Nothing that is skipped begins with a letter.
    const code = text.charCodeAt(at) | 32;
    if (code >= 97 && code <= 122) return at;
    const space = take(isScript ? blank : postgresBlank);
    if (space !== null) {
      isLineStart ||= /[\r\n]/u.test(space[0]);
      return at + space[0].length;
    }
    const two = text.slice(at, at + 2);
    if (two === "--" || (reading === "mysql" && two.startsWith("#") && isLineStart)) {
      lineEnd.lastIndex = at;
      return lineEnd.exec(text)?.index ?? text.length;
    }
    if (two === "/*") {
      const start = isScript ? take(conditional) : null;
      if (start === null) return commentEnd();
      isConditional = true;
      return at + start[0].length;
    }
    if (two === "*/" && isConditional) {
      isConditional = false;
      return at + 2;
    }
    if (!isScript) return at;
    if (two === "{%" || (two === "<%" && text[at + 2] !== "=")) {
      const end = find(two === "{%" ? "%}" : "%>", at);
      return end < 0 ? at : end + 2;
    }
    return at;
  }

  function token(type: Token["type"], length: number, inner: string, quote = "", isClosed = true): Token {
    const upper = type === "word" ? inner.toUpperCase() : "";
    const end = at + length;
    const raw = text.slice(at, end);
    return {
      type,
      text: inner,
      word: upper,
      quote,
      raw,
      at,
      end,
      startsLine: isLineStart,
      isClosed,
      isConditional,
    };
  }

  function endOfStatement(): Token | null {
    if (isLineStart && isScript) {
      const line = take(delimiterLine);
      if (line !== null) {
        delimiter = line[1] ?? "";
        return token("end", line[0].length, "DELIMITER");
      }
      const batch = take(batchEnd);
      if (batch !== null) return token("end", batch[0].length, batch[0].trim());
    }
    if (delimiter !== "" && text.startsWith(delimiter, at)) return token("end", delimiter.length, delimiter);
    return text[at] === ";" ? token("end", 1, ";") : null;
  }

  function quotedToken(): Token | null {
    const one = text.charAt(at);
    if (one === "'") {
      const { inner, end, isClosed } = (reading === "mysql" ? readEscaped : readQuoted)(text, at, "'");
      return token("string", end - at, inner, "'", isClosed);
    }
    if (one === '"' || (one === "`" && isScript)) {
      const isEscaping = reading === "mysql" && one === '"';
      const { inner, end, isClosed } = (isEscaping ? readEscaped : readQuoted)(text, at, one);
      return token("name", end - at, inner, one, isClosed);
    }
    // A bracket behind a value is PostgreSQL's subscript.
    const name = one === "[" && isScript && valueEnd !== at ? take(bracketed) : null;
    if (name !== null) return token("name", name[0].length, name[1] ?? "", "[");
    const dollars = one === "$" ? readDollarQuoted(text, at, find) : null;
    if (dollars !== null) return token("string", dollars.end - at, dollars.inner, "$");
    const prefixed = readPrefixed(text, at, isScript ? find : null);
    if (prefixed === null) return null;
    const { inner, end, isClosed, quote } = prefixed;
    return token(quote === '"' ? "name" : "string", end - at, inner, quote, isClosed);
  }

  function plainToken(): Token {
    const two = isScript ? text.slice(at, at + 2) : "";
    // A template's value: `{{ name }}`, `<%= name %>`.
    const value = two === "{{" ? find("}}", at) : two === "<%" && text[at + 2] === "=" ? find("%>", at) : -1;
    if (value >= 0) return token("word", value + 2 - at, hole);
    const command = two.startsWith("\\") ? take(metaCommand) : null;
    if (command?.[1] === ";") return token("end", 2, ";");
    if (command !== null) return token("meta", command[0].length, command[1] ?? "");
    const letters = takeWord();
    if (letters !== null) return token("word", letters[0].length, letters[0]);
    const digits = take(number);
    if (digits !== null) return token("number", digits[0].length, digits[0]);
    const pair = text.slice(at, at + 2);
    return pairs.has(pair) ? token("symbol", 2, pair) : token("symbol", 1, pair.charAt(0));
  }

  /** Where the data end that psql sends for a `COPY … FROM stdin;`: behind a line `\\.`; without one there are none. */
  function dataEnd(from: number): number {
    const end = find("\n\\.", from);
    return end < 0 ? from : end + 3;
  }

  while (at < text.length) {
    const skipped = skip();
    if (skipped > at) {
      at = skipped;
      continue;
    }
    const next = endOfStatement() ?? quotedToken() ?? plainToken();
    yield next;
    const isEnd = next.type === "end" || next.type === "meta";
    at = isEnd && isCopying && isScript ? dataEnd(next.end) : next.end;
    isCopying =
      !isEnd && (isCopying || (firstWord === "COPY" && lastWord === "FROM" && next.word === "STDIN"));
    firstWord = isEnd ? "" : firstWord || next.word || next.text;
    lastWord = isEnd ? "" : next.word;
    isLineStart = false;
    if (next.type === "word" || next.type === "name" || next.text === "]" || next.text === ")") valueEnd = at;
  }
}
