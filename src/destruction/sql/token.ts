import { hole } from "../destruction.ts";

/** A piece of SQL in any dialect. Offsets are UTF-16 code units in the text that was judged. */
export interface Token {
  /**
   * `word`: a keyword or a name without quotes, and a hole. `name`: one in `"…"`, `` `…` `` or `[…]`. `end`: what ends a statement (`;`, a
   * delimiter, `GO`, `/` on a line of its own). `meta`: a command of psql's or MySQL's own (`\gexec`, `\c shop`, `\G`), to the end of its line.
   */
  readonly type: "word" | "name" | "string" | "number" | "symbol" | "end" | "meta";
  /** As written; of a name and a string what is inside, escapes resolved; of a meta-command its name without the backslash. */
  readonly text: string;
  /** A word in capitals, to compare with; empty for all else. */
  readonly word: string;
  /** How a name or a string is quoted: `"`, `` ` ``, `[`, `'`, `$` (dollar quotes), `q` (Oracle's); empty for all else. */
  readonly quote: string;
  /** As it stands in the text. */
  readonly raw: string;
  readonly at: number;
  readonly end: number;
  /** Whether nothing but white space and comments stands before it on its line. */
  readonly startsLine: boolean;
  /** False for a name or a string that the text ends within. */
  readonly isClosed: boolean;
  /** Whether it stands in a comment that MySQL executes: `/*!40000 DROP DATABASE shop` and so on. */
  readonly isConditional: boolean;
}

/** Whether `next` follows with nothing in between. */
export function touches(token: Token, next: Token): boolean {
  return token.end === next.at;
}

/** Tokens as text that a grammar reads: comments and what is masked are gone, a line's end stands where anything stood between two. */
export function textOf(tokens: readonly Token[]): string {
  let text = "";
  let end = -1;
  for (const token of tokens) {
    if (end >= 0 && end !== token.at) text += "\n";
    // Of a template's value the hole is read that stands for it.
    text += token.type === "word" && token.text === hole ? hole : token.raw;
    end = token.end;
  }
  return text;
}
