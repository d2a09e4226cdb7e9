import { dropFirstBreak, dropLastBreak, lastIndent, stripIndent } from "../literals/indentation.ts";
import { joinPieces, mapText, type Piece } from "../literals/pieces.ts";
import type { Expression } from "../syntax.ts";
import { nothing, other, text } from "../tree-sitter/expressions.ts";
import type { Rules } from "../tree-sitter/lower-nodes.ts";
import type { SyntaxNode } from "../tree-sitter/read-nodes.ts";
import type { CsharpFile } from "./csharp-file.ts";
import { unescapeCsharp } from "./unescape-csharp.ts";

const formats = new Set([
  "interpolation_brace",
  "interpolation_alignment_clause",
  "interpolation_format_clause",
]);

/** Strings in all their forms: `"…"`, `@"…"`, `"""…"""`, and each of them after `$`. */
export function csharpLiterals(file: CsharpFile): Rules["expressions"] {
  const { draft, lowering } = file;

  function readPieces(node: SyntaxNode, from: number, to: number): readonly Piece[] {
    const pieces: Piece[] = [];
    let at = from;
    for (const child of node.children) {
      if (child.type !== "interpolation") continue;
      const [value, ...rest] = child.children.filter((part) => !formats.has(part.type));
      const lowered = value === undefined ? nothing(child.start) : lowering.lower(value);
      pieces.push({ text: draft.source.slice(at, child.start), at });
      pieces.push({
        value: rest.length === 0 ? lowered : other(child.start, [lowered, ...lowering.lowerAll(rest)]),
      });
      at = child.end;
    }
    return [...pieces, { text: draft.source.slice(at, Math.max(at, to)), at }];
  }

  function lowerString(node: SyntaxNode): Expression {
    const literal = draft.textOf(node);
    const [, signs = "", marks = ""] = /^([$@]*)("+|')/.exec(literal) ?? [];
    // Of `""` and of `@"""a"` the marks are one each.
    const width = marks.length >= 3 && !signs.includes("@") ? marks.length : 1;
    const from = node.start + signs.length + width;
    const to = node.start + literal.replace(/[uU]8$/, "").length - width;
    const pieces = readPieces(node, from, Math.max(from, to));
    if (width > 1) return joinPieces(stripRaw(pieces), node.start);
    const isInterpolated = signs.includes("$");
    return joinPieces(
      mapText(pieces, (raw) => resolve(isInterpolated ? raw.replace(/\{\{|\}\}/g, onlyOne) : raw, signs)),
      node.start,
    );
  }

  const leave = (node: SyntaxNode) => nothing(node.start);
  return {
    string_literal: lowerString,
    verbatim_string_literal: lowerString,
    raw_string_literal: lowerString,
    interpolated_string_expression: lowerString,
    character_literal: (node) => text(node.start, unescapeCsharp(draft.textOf(node).slice(1, -1))),
    integer_literal: leave,
    real_literal: leave,
    boolean_literal: leave,
    null_literal: leave,
  };
}

function onlyOne(doubled: string): string {
  return doubled.slice(1);
}

function resolve(raw: string, signs: string): string {
  return signs.includes("@") ? raw.replaceAll('""', '"') : unescapeCsharp(raw);
}

/** One of several lines loses the blanks that stand before its closing marks. */
function stripRaw(pieces: readonly Piece[]): readonly Piece[] {
  const [first] = pieces;
  if (first === undefined || !("text" in first) || !/^[ \t]*\r?\n/.test(first.text)) return pieces;
  return dropLastBreak(dropFirstBreak(stripIndent(pieces, lastIndent(pieces))));
}
