import type { Token } from "./token.ts";
import { tokenize } from "./tokenize.ts";
import type { Reading } from "./tokenize.ts";

export interface Statement {
  /** At least one; without what ends it. */
  readonly tokens: readonly Token[];
  /** What ends it: `;`, `GO`, a meta-command's name (`gexec`, `G`), or nothing where the text ends. */
  readonly endedBy: string;
  readonly isMeta: boolean;
}

/** The statements of a text, empty ones left out. A semicolon ends one wherever it stands: blocks come in pieces. */
export function* splitStatements(text: string, reading: Reading): Generator<Statement> {
  let tokens: Token[] = [];
  for (const token of tokenize(text, reading)) {
    if (token.type !== "end" && token.type !== "meta") {
      tokens.push(token);
      continue;
    }
    if (tokens.length > 0) yield { tokens, endedBy: token.text, isMeta: token.type === "meta" };
    tokens = [];
  }
  if (tokens.length > 0) yield { tokens, endedBy: "", isMeta: false };
}
