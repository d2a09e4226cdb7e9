import type { Expression } from "../syntax.ts";
import { other } from "../tree-sitter/expressions.ts";
import type { Lowering } from "../tree-sitter/lower-nodes.ts";
import type { SyntaxNode } from "../tree-sitter/read-nodes.ts";

/** The value of what stands alone in a node (parentheses, `return x`); all that is in it where an error left more. */
export function lowerOnly(lowering: Lowering, node: SyntaxNode): Expression {
  const [only] = node.children;
  if (only !== undefined && node.children.length === 1) return lowering.lower(only);
  return other(node.start, lowering.lowerAll(node.children));
}
