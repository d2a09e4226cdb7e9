import type { Expression } from "../syntax.ts";
import type { SyntaxNode } from "../tree-sitter/read-nodes.ts";
import type { CsharpFile } from "./csharp-file.ts";

const names = new Set(["declaration_pattern", "var_pattern", "type_pattern", "discard"]);

export function isPattern(node: SyntaxNode): boolean {
  return node.type.endsWith("_pattern") || node.type === "discard";
}

/** The values that a pattern, a guard or a plain label compares with; its types and names are none. */
export function sidesOf(file: CsharpFile, node: SyntaxNode): readonly Expression[] {
  if (names.has(node.type)) return [];
  const isNest = isPattern(node) || /_pattern_clause$|^when_clause$/.test(node.type);
  if (node.type === "subpattern") return sidesOfLast(file, node);
  if (!isNest) return [file.lowering.lower(node)];
  const parts = node.children.filter(
    (child) => child.field !== "name" && child.field !== "type" && child.field !== "operator",
  );
  return parts.flatMap((child) => sidesOf(file, child));
}

/** Of `Name: "x"` the first is the name of a property. */
function sidesOfLast(file: CsharpFile, node: SyntaxNode): readonly Expression[] {
  const last = node.children.at(-1);
  return last === undefined ? [] : sidesOf(file, last);
}
