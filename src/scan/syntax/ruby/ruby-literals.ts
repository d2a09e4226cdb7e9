import { leastIndent, stripIndent } from "../literals/indentation.ts";
import { joinPieces, mapText, type Piece } from "../literals/pieces.ts";
import type { Expression } from "../syntax.ts";
import { join, name, nothing, text } from "../tree-sitter/expressions.ts";
import type { Rules } from "../tree-sitter/lower-nodes.ts";
import { childOf, type SyntaxNode } from "../tree-sitter/read-nodes.ts";
import { lowerSequence } from "./lower-sequence.ts";
import { tagOf } from "./match-heredocs.ts";
import type { RubyFile } from "./ruby-file.ts";
import { unescapeQuoted, unescapeRuby } from "./unescape-ruby.ts";

/** Strings, symbols, here-documents, regular expressions, commands in backticks. */
export function rubyLiterals(file: RubyFile): Rules["expressions"] {
  const { draft, lowering } = file;
  const announced = new Set(file.heredocs.values());

  /** What stands between two places of a literal, source text and values. */
  function readPieces(node: SyntaxNode, from: number, to: number): readonly Piece[] {
    const pieces: Piece[] = [];
    let at = from;
    for (const child of node.children) {
      if (child.type !== "interpolation") continue;
      pieces.push({ text: draft.source.slice(at, child.start), at });
      pieces.push({ value: lowerSequence(file, child.children, child.start) });
      at = child.end;
    }
    return [...pieces, { text: draft.source.slice(at, to), at }];
  }

  function lowerQuoted(node: SyntaxNode): Expression {
    const literal = draft.textOf(node);
    const opening = /^(?:%[a-zA-Z]?[^a-zA-Z0-9]|:?["'`/])/.exec(literal)?.[0] ?? "";
    const closing = closingOf(opening.at(-1) ?? "");
    const end = opening !== "" && literal.endsWith(closing) ? node.end - closing.length : node.end;
    const pieces = readPieces(node, node.start + opening.length, end);
    const isRaw = /^(?::?'|%[qsw])/.test(opening);
    const resolve = isRaw ? (raw: string) => unescapeQuoted(raw, opening.at(-1) + closing) : unescapeRuby;
    return joinPieces(mapText(pieces, resolve), node.start);
  }

  function lowerBare(node: SyntaxNode): Expression {
    return joinPieces(mapText(readPieces(node, node.start, node.end), unescapeRuby), node.start);
  }

  function lowerHeredoc(node: SyntaxNode): Expression {
    const body = file.heredocs.get(node);
    if (body === undefined) return text(node.start, "");
    const opening = draft.textOf(node);
    const value = readHeredoc(body, node.start, opening);
    return opening.includes("`") ? commandOf(value, node) : value;
  }

  function readHeredoc(body: SyntaxNode, at: number, opening: string): Expression {
    const end = childOf(body, "heredoc_end")?.start ?? body.end;
    const raw = readPieces(body, body.start, end);
    const last = raw.length - 1;
    const lines = raw.map((piece, index) =>
      index === last && "text" in piece ? { ...piece, text: withoutTag(piece.text, tagOf(opening)) } : piece,
    );
    const flat = opening.startsWith("<<~") ? stripIndent(lines, leastIndent(lines)) : lines;
    const pieces = flat.map((piece, index) =>
      index === 0 && "text" in piece ? { text: piece.text.replace(/^\r?\n/, ""), at: piece.at + 1 } : piece,
    );
    return joinPieces(opening.includes("'") ? pieces : mapText(pieces, unescapeRuby), at);
  }

  function commandOf(command: Expression, node: SyntaxNode): Expression {
    const callee = name(node.start, "`");
    return { is: "call", how: "backtick", callee, args: [command], named: [], at: node.start, end: node.end };
  }

  /** The source between the marks; what is put in is run, for a pattern is only text. */
  function lowerRegex(node: SyntaxNode): Expression {
    for (const child of node.children) {
      if (child.type === "interpolation") lowering.visitAll(child.children);
    }
    const source = draft.textOf(node).replace(/^(?:%r[^]|\/)/, "");
    return { is: "pattern", text: source.replace(/[^a-z][a-z]*$/, ""), at: node.start };
  }

  const lowerWords = (node: SyntaxNode): Expression => ({
    is: "list",
    items: lowering.lowerAll(node.children),
    at: node.start,
  });
  const leave = (node: SyntaxNode) => nothing(node.start);
  return {
    string: lowerQuoted,
    chained_string: (node) => join(node.start, lowering.lowerAll(node.children)),
    bare_string: lowerBare,
    bare_symbol: lowerBare,
    string_array: lowerWords,
    symbol_array: lowerWords,
    character: (node) => text(node.start, unescapeRuby(draft.textOf(node).slice(1))),
    simple_symbol: (node) => text(node.start, draft.textOf(node).slice(1)),
    delimited_symbol: lowerQuoted,
    hash_key_symbol: (node) => text(node.start, draft.textOf(node)),
    heredoc_beginning: lowerHeredoc,
    // One that nothing announced: the announcement was lost in a syntax error.
    heredoc_body: (node) => (announced.has(node) ? nothing(node.start) : readHeredoc(node, node.start, "")),
    subshell: (node) => commandOf(lowerQuoted(node), node),
    regex: lowerRegex,
    nil: leave,
    true: leave,
    false: leave,
    integer: leave,
    float: leave,
    uninterpreted: leave,
  };
}

/** The blanks before the closing tag are not of the text; at the end of a file the grammar takes the tag itself for text. */
function withoutTag(body: string, tag: string): string {
  const line = body.lastIndexOf("\n") + 1;
  return [tag, ""].includes(body.slice(line).trim()) ? body.slice(0, line) : body;
}

const brackets: Readonly<Record<string, string>> = { "(": ")", "[": "]", "{": "}", "<": ">" };

function closingOf(opening: string): string {
  return brackets[opening] ?? opening;
}
