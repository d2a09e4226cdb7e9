/** What stands in an SQL script, in order. Byte arrays are only valid until the handler returns. */
export type ScriptEvent =
  /** A whole statement with its `;`, without the white space and comments before it. */
  | { readonly type: "statement"; readonly bytes: Uint8Array; readonly line: number }
  /** The first bytes of a statement too long to hold; the rest of it is passed over. */
  | { readonly type: "long-statement"; readonly bytes: Uint8Array; readonly line: number }
  /** A comment line `-- …` between statements, without its line end. */
  | { readonly type: "comment"; readonly text: string; readonly line: number }
  /** A psql command (`\…`) outside strings and COPY data, to the end of its line. */
  | { readonly type: "meta-command"; readonly text: string; readonly line: number }
  /** `COPY … FROM stdin;` whose rows follow as `copy-data`. */
  | { readonly type: "copy-start"; readonly bytes: Uint8Array; readonly line: number }
  /** Bytes of rows, cut anywhere, line ends included. */
  | { readonly type: "copy-data"; readonly bytes: Uint8Array }
  | { readonly type: "copy-end" };

/** Where a script stopped. */
export interface ScriptEnd {
  /** What the last bytes are in the middle of; null when they end between statements. */
  readonly inside: "a COPY block" | "a statement" | "a string" | "a comment" | null;
  readonly bytes: number;
}

export interface ScriptReader {
  push(chunk: Uint8Array): void;
  finish(): ScriptEnd;
}

export type State =
  | "between"
  | "normal"
  | "line-comment"
  | "block-comment"
  | "quote"
  | "name"
  | "dollar"
  | "meta"
  | "copy-line"
  | "copy";

/** What a script that stops in a state is in the middle of. */
export function insideOf(state: State): ScriptEnd["inside"] {
  switch (state) {
    case "copy":
    case "copy-line":
      return "a COPY block";
    case "normal":
      return "a statement";
    case "quote":
    case "name":
    case "dollar":
      return "a string";
    case "block-comment":
      return "a comment";
    case "line-comment":
    case "meta":
    case "between":
      return null;
  }
}
