import type { Token } from "../token.ts";
import { createSqlScanner } from "./scan-sql.ts";
import type { SqlState } from "./sql-state.ts";
import { createTokenReader } from "./read-tokens.ts";
import { readTags } from "./read-tags.ts";

/** A statement as it was read; its tokens are the first ones alone where it is long. */
export interface WireStatement {
  readonly tokens: readonly Token[];
  /** Not all tokens are here: it is longer than the grammar is asked about. */
  readonly isLong: boolean;
  /** What was seen in it, kept or not. */
  readonly seen: Seen;
}

/** What tells that a statement may destroy, wherever it stands in it. */
export interface Seen {
  /** Words outside of quotes that were looked for, in small letters. */
  readonly words: ReadonlySet<string>;
  /** Names right before a parenthesis, with their points, folded, quoted ones in quotes; where there are more than are kept, `…` is the last. */
  readonly calls: ReadonlySet<string>;
  /** Behind the tokens that are kept nothing comes but constants, parameters, commas and parentheses. */
  readonly isListBehind: boolean;
  /** A name that begins with `pg_`. */
  readonly namesCatalog: boolean;
  /** A semicolon stands in it, between parentheses or in what may be a body: only the grammar knows whether it is one statement. */
  readonly holdsSemicolon: boolean;
}

const watchedWords: ReadonlySet<string> = new Set(
  "delete merge insert update copy program execute function procedure rule truncate drop".split(" "),
);

/** A statement that is longer, in UTF-16 code units or tokens, is not read by the grammar: its tree might be deeper than the parser's stack. */
const longest = 1 << 16;
const mostTokens = 8000;
/** So many tokens of a longer one are kept. */
const headTokens = 64;
const mostCalls = 256;
/** Tokens that are kept for a text's fingerprint. */
const mostShape = 1 << 14;
const mostTags = 64;
const longestTag = 1024;

export interface Collected {
  /** Of each statement what is left when values are taken out. */
  shape(): string;
  readonly tags: ReadonlyMap<string, string>;
  readonly statements: number;
  /** The text is not to be trusted: it may be read in two ways, or it ends within a string or a comment. */
  readonly isOdd: boolean;
}

/** Hands on the statements of a text that comes in pieces, empty ones left out, each as soon as it ends. */
export function collectStatements(
  state: SqlState,
  take: (statement: WireStatement) => void,
): { push(bytes: Uint8Array): void; end(): void; readonly collected: Collected } {
  let tokens: Token[] = [];
  let size = 0;
  let isLong = false;
  let words = new Set<string>();
  let calls = new Set<string>();
  let namesCatalog = false;
  let holdsSemicolon = false;
  let hasJoin = false;
  let depth = 0;
  let atomic = 0;
  let last: Token | null = null;
  /** A name with its points, that the last token ends, and the word before it. */
  let chain = "";
  let wordBefore = "";
  let isListBehind = true;
  let statements = 0;
  let isOdd = false;
  const tags = new Map<string, string>();
  const shape: string[] = [];

  function finish(): void {
    if (last !== null) {
      statements += 1;
      take({ tokens, isLong, seen: { words, calls, namesCatalog, isListBehind, holdsSemicolon } });
    }
    tokens = [];
    [size, depth, atomic] = [0, 0, 0];
    [isLong, namesCatalog, isListBehind] = [false, false, true];
    [holdsSemicolon, hasJoin] = [false, false];
    [chain, wordBefore] = ["", ""];
    words = new Set();
    calls = new Set();
    last = null;
    reader.restart();
  }

  function note(token: Token): void {
    if (token.type === "word" || token.type === "name") {
      const { text } = token;
      if (token.type === "word" && watchedWords.has(text)) words.add(text);
      hasJoin ||= token.word === "JOIN";
      if (text.startsWith("pg_")) namesCatalog = true;
      const isPart = last?.text === "." && last.type === "symbol" && chain !== "";
      if (!isPart) wordBefore = last?.word ?? "";
      // A name in quotes is no keyword.
      chain = (isPart ? `${chain}.` : "") + (token.type === "name" ? `"${text}"` : text);
    } else if (token.text === "(" && token.type === "symbol") {
      depth += 1;
      // `INSERT INTO t (`, `COPY t (`, `ON CONFLICT (` name columns; a condition of a JOIN may call what is named so.
      const isConflict = wordBefore === "ON" && chain === "conflict" && !hasJoin;
      const isColumns = wordBefore === "INTO" || wordBefore === "COPY" || isConflict;
      const isCall = last?.type === "word" || last?.type === "name";
      if (isCall && !isColumns) calls.add(calls.size < mostCalls ? chain : "…");
    } else if (token.text === ")" && token.type === "symbol") depth -= 1;
  }

  /** The body of a function without quotes holds statements: BEGIN ATOMIC …; END. */
  function followBody({ word }: Token): void {
    if (word === "ATOMIC" && last?.word === "BEGIN" && isDefinition(tokens)) atomic = 1;
    else if (atomic > 0 && word === "CASE") atomic += 1;
    else if (atomic > 0 && word === "END") atomic -= 1;
  }

  function keep(token: Token, isCut: boolean): void {
    if (shape.length < mostShape) shape.push(shapeOf(token));
    const before = tokens.at(-1);
    // `::` and `:=` are one token each.
    const isPair = before?.text === ":" && before.end === token.at && /^[:=]/.test(token.text);
    size += token.raw.length;
    if (!isLong && (isCut || size > longest || tokens.length >= mostTokens)) {
      isLong = true;
      isListBehind = !isCut && tokens.slice(headTokens).every(isListed);
      tokens.length = Math.min(tokens.length, headTokens);
    }
    if (isLong && tokens.length >= headTokens) {
      isListBehind &&= isListed(token);
      return;
    }
    if (isPair && !isLong) {
      const raw = before.raw + token.raw;
      tokens[tokens.length - 1] = { ...before, text: raw, raw, end: token.end };
    } else tokens.push(token);
  }

  const reader = createTokenReader(state, {
    token(token, isCut) {
      const isSemicolon = token.type === "symbol" && token.text === ";";
      if (isSemicolon && (depth > 0 || atomic > 0)) holdsSemicolon = true;
      else if (isSemicolon) {
        if (last !== null && shape.length < mostShape) shape.push(";");
        finish();
        return;
      }
      note(token);
      if (token.type === "word") followBody(token);
      keep(token, isCut);
      last = token;
    },
    isSkimming: () => isLong && tokens.length >= headTokens && shape.length >= mostShape,
    comment(text) {
      for (const [key, value] of readTags(text))
        if (!tags.has(key) && tags.size < mostTags && value.length <= longestTag) tags.set(key, value);
    },
    odd() {
      isOdd = true;
    },
  });
  const scanner = createSqlScanner(state, reader);
  return {
    push: (bytes) => scanner.push(bytes),
    end() {
      if (!scanner.end()) isOdd = true;
      reader.end();
      finish();
    },
    collected: {
      shape: () => shape.join(" "),
      tags,
      get statements() {
        return statements;
      },
      get isOdd() {
        return isOdd;
      },
    },
  };
}

/** `CREATE [OR REPLACE] FUNCTION`, or PROCEDURE: elsewhere `begin atomic` is a column and what it is called. */
function isDefinition(tokens: readonly Token[]): boolean {
  const at = tokens[1]?.word === "OR" ? 3 : 1;
  return tokens[0]?.word === "CREATE" && ["FUNCTION", "PROCEDURE"].includes(tokens[at]?.word ?? "");
}

/** A constant, a parameter, or what parts them in a list. */
export function isListed({ type, text }: Token): boolean {
  return type === "string" || type === "number" || /^(?:[(),]|\$\d+)$/.test(text);
}

/** A token with its value taken out. */
function shapeOf({ type, text, raw }: Token): string {
  if (type === "string" || type === "number" || /^\$\d/.test(text)) return "?";
  return (type === "name" ? raw : text).slice(0, 64);
}
