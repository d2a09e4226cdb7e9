import type { Scope } from "../scope/create-scope.ts";
import type { Expression } from "../syntax.ts";
import type { FileDraft } from "../tree-sitter/draft-file.ts";
import { name } from "../tree-sitter/expressions.ts";
import type { Lowering } from "../tree-sitter/lower-nodes.ts";
import { childOf, fieldOf, type SyntaxNode } from "../tree-sitter/read-nodes.ts";

/** What the rules of C# work on. */
export interface CsharpFile {
  readonly draft: FileDraft;
  readonly lowering: Lowering;
  readonly scope: Scope;
}

/** What is awaited, or looked into, without a word. */
const wrappers = new Set(["Task", "ValueTask", "Lazy", "Nullable"]);

/** The type bare: of `Task<Backend?>` and of `pool.Backend[]` it is `Backend` and `pool.Backend`. Null for `var`, `void` and tuples. */
export function bareType(file: CsharpFile, node: SyntaxNode | null): string | null {
  if (node === null) return null;
  switch (node.type) {
    case "implicit_type":
    case "tuple_type":
    case "function_pointer_type":
      return null;
    case "nullable_type":
    case "array_type":
    case "pointer_type":
    case "ref_type":
    case "scoped_type":
    case "primary_constructor_base_type":
      return bareType(file, fieldOf(node, "type"));
    case "generic_name": {
      const inner = childOf(node, "type_argument_list")?.children[0];
      const written = simpleName(file, node);
      return inner !== undefined && wrappers.has(written) ? bareType(file, inner) : written;
    }
    default: {
      const written = file.draft.textOf(node).replace(/<[^]*>|\s+|^global::/g, "");
      return written === "void" ? null : written;
    }
  }
}

/** `List` of `List<string>`. */
export function simpleName(file: CsharpFile, node: SyntaxNode): string {
  const identifier = node.type === "generic_name" ? childOf(node, "identifier") : null;
  return file.draft.textOf(identifier ?? node).replace(/^@/, "");
}

/** The name of a type or an attribute, as names and members. */
export function pathExpression(file: CsharpFile, node: SyntaxNode): Expression {
  const qualifier = fieldOf(node, "qualifier");
  const last = fieldOf(node, "name");
  if (last === null) {
    const inner = fieldOf(node, "type");
    return inner === null ? name(node.start, simpleName(file, node)) : pathExpression(file, inner);
  }
  if (qualifier === null) return name(last.start, simpleName(file, last));
  return { is: "member", of: pathExpression(file, qualifier), name: simpleName(file, last), at: last.start };
}
