import type { Expression } from "../syntax.ts";
import type { FileDraft } from "../tree-sitter/draft-file.ts";
import { name, nothing } from "../tree-sitter/expressions.ts";
import type { SyntaxNode } from "../tree-sitter/read-nodes.ts";

const wrappers = new Set(["generic_type", "array_type", "annotated_type"]);

/** The name of a type or of an annotation, as names and members: `Outer.Inner` of `Outer<T>.Inner<U>`. */
export function pathExpression(draft: FileDraft, node: SyntaxNode): Expression {
  const parts = node.children.filter(
    (child) => child.type.endsWith("identifier") || wrappers.has(child.type),
  );
  const [first, second] = parts;
  if (first === undefined) {
    return node.children.length === 0 ? name(node.start, draft.textOf(node)) : nothing(node.start);
  }
  const of = pathExpression(draft, first);
  if (second === undefined || wrappers.has(node.type)) return of;
  return { is: "member", of, name: draft.textOf(second), at: second.start };
}
