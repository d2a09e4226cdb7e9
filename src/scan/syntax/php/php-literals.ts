import { dropFirstBreak, dropLastBreak, lastIndent, stripIndent } from "../literals/indentation.ts";
import { joinPieces, mapText, type Piece } from "../literals/pieces.ts";
import type { Expression } from "../syntax.ts";
import { name, nothing, text } from "../tree-sitter/expressions.ts";
import type { Rules } from "../tree-sitter/lower-nodes.ts";
import { fieldOf, type SyntaxNode } from "../tree-sitter/read-nodes.ts";
import type { PhpFile } from "./php-file.ts";
import { unescapePhp, unescapeQuoted } from "./unescape-php.ts";

const plain = new Set(["string_content", "escape_sequence", "nowdoc_string"]);

/** Strings, here-documents, commands in backticks. */
export function phpLiterals(file: PhpFile): Rules["expressions"] {
  const { draft, lowering } = file;

  /** What stands between two places of a literal, source text and values; the braces around a value are of neither. */
  function readPieces(node: SyntaxNode, from: number, to: number): readonly Piece[] {
    const { source } = draft;
    const pieces: Piece[] = [];
    let at = from;
    let before = from;
    for (const child of node.children) {
      if (!plain.has(child.type)) {
        const isBraced = child.start > before && source[child.start - 1] === "{" && source[child.end] === "}";
        const start = isBraced ? child.start - 1 : child.start;
        pieces.push(
          { text: source.slice(at, start), at },
          { value: isBraced ? lowering.lower(child) : lowerSimple(child) },
        );
        at = isBraced ? child.end + 1 : child.end;
      }
      before = child.end;
    }
    return [...pieces, { text: source.slice(at, Math.max(at, to)), at }];
  }

  /** In `"$a[key]"` the key is a text, though no marks stand around it. */
  function lowerSimple(node: SyntaxNode): Expression {
    const value = lowering.lower(node);
    const isPlainKey =
      value.is === "index" &&
      node.type === "subscript_expression" &&
      value.key.is === "name" &&
      node.children[1]?.type === "name";
    return isPlainKey ? { ...value, key: text(value.key.at, value.key.name) } : value;
  }

  /** Between the first mark and the last character, which is the same mark. */
  function lowerInterpolated(node: SyntaxNode, mark: string): Expression {
    const from = draft.source.indexOf(mark, node.start) + 1;
    const isClosed = node.end > from && draft.source[node.end - 1] === mark;
    const pieces = readPieces(node, from, isClosed ? node.end - 1 : node.end);
    return joinPieces(mapText(pieces, unescapePhp), node.start);
  }

  function lowerQuoted(node: SyntaxNode): Expression {
    const literal = draft.textOf(node);
    const body = literal.slice(literal.indexOf("'") + 1);
    return text(node.start, unescapeQuoted(body.endsWith("'") ? body.slice(0, -1) : body));
  }

  function lowerHeredoc(node: SyntaxNode): Expression {
    const tag = fieldOf(node, "identifier");
    const end = fieldOf(node, "end_tag")?.start ?? node.end;
    const body = fieldOf(node, "value");
    const from = draft.source.indexOf("\n", tag?.end ?? node.start);
    if (body === null || from < 0 || from > end) return text(node.start, "");
    const pieces = readPieces(body, from, end);
    const flat = dropLastBreak(dropFirstBreak(stripIndent(pieces, lastIndent(pieces))));
    return joinPieces(node.type === "nowdoc" ? flat : mapText(flat, unescapePhp), node.start);
  }

  const leave = (node: SyntaxNode) => nothing(node.start);
  return {
    string: lowerQuoted,
    encapsed_string: (node) => lowerInterpolated(node, '"'),
    heredoc: lowerHeredoc,
    nowdoc: lowerHeredoc,
    shell_command_expression: (node) => ({
      is: "call",
      how: "backtick",
      callee: name(node.start, "`"),
      args: [lowerInterpolated(node, "`")],
      named: [],
      at: node.start,
      end: node.end,
    }),
    integer: leave,
    float: leave,
    boolean: leave,
    null: leave,
  };
}
