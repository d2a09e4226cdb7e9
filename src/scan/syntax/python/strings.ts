import type { Expression } from "../syntax.ts";
import type { FileDraft } from "../tree-sitter/draft-file.ts";
import { join, other, text } from "../tree-sitter/expressions.ts";
import type { Lowering } from "../tree-sitter/lower-nodes.ts";
import { fieldOf } from "../tree-sitter/read-nodes.ts";
import type { SyntaxNode } from "../tree-sitter/read-nodes.ts";
import { resolveEscapes } from "../tree-sitter/resolve-escapes.ts";

// An escape that Python does not know stays as it is, backslash and all.
const ofText = /\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-7]{1,3}|\r?\n|[abfnrtv\\'"])/g;
const ofBytes = /\\(?:x[0-9a-fA-F]{2}|[0-7]{1,3}|\r?\n|[abfnrtv\\'"])/g;

/** One literal with its prefix: of an f-string the pieces and the values in them follow one another. */
export function lowerString(draft: FileDraft, { lower, visit }: Lowering, node: SyntaxNode): Expression {
  const [start] = node.children;
  const prefix = start?.type === "string_start" ? draft.textOf(start).toLowerCase() : "";
  const isFormatted = prefix.includes("f") || prefix.includes("t");
  const parts: Expression[] = [];
  for (const child of node.children) {
    if (child.type === "string_content") {
      const raw = draft.textOf(child);
      const content = isFormatted ? raw.replaceAll("{{", "{").replaceAll("}}", "}") : raw;
      const value = prefix.includes("r")
        ? content
        : resolveEscapes(content, prefix.includes("b") ? ofBytes : ofText);
      parts.push(text(parts.length === 0 ? node.start : child.start, value));
    } else if (child.type === "interpolation") {
      const value = lower(fieldOf(child, "expression"));
      visit(fieldOf(child, "format_specifier"));
      // `!r` puts quotes around it.
      parts.push(fieldOf(child, "type_conversion") === null ? value : other(child.start, [value]));
    } else if (child.type !== "string_start" && child.type !== "string_end") parts.push(lower(child));
  }
  return join(node.start, parts);
}
