import type { SyntaxNode } from "../tree-sitter/read-nodes.ts";

/** The tokens of one pair of brackets, and how far they were read. */
export interface Reader {
  readonly tokens: readonly SyntaxNode[];
  index: number;
}

export function peek(reader: Reader, ahead = 0): SyntaxNode | undefined {
  return reader.tokens[reader.index + ahead];
}

/** The next token; there must be one. */
export function take(reader: Reader): SyntaxNode {
  const token = reader.tokens[reader.index++];
  if (token === undefined) throw new Error("a token was taken where none is");
  return token;
}

/** `::<…>`, from its bracket on. */
export function skipTypes(reader: Reader): void {
  let depth = 0;
  do {
    const token = take(reader);
    if (token.type === "<") depth++;
    if (token.type === ">") depth--;
    if (token.type === ">>") depth -= 2;
  } while (depth > 0 && peek(reader) !== undefined);
}

/** Whether braces hold `key: value` rather than statements; empty ones hold nothing. */
export function isMap(tree: SyntaxNode): boolean {
  const [, first, second] = tree.children;
  return second?.type === ":" || (second?.type === "=>" && first?.type === "string_literal");
}

/** Reads the tokens between a pair of brackets. */
export function open(tree: SyntaxNode): Reader {
  const isBracketed = /^[([{]$/.test(tree.children[0]?.type ?? "");
  return { tokens: isBracketed ? tree.children.slice(1, -1) : tree.children, index: 0 };
}
