import type { Scope } from "../scope/create-scope.ts";
import type { Expression } from "../syntax.ts";
import type { FileDraft } from "../tree-sitter/draft-file.ts";
import { name } from "../tree-sitter/expressions.ts";
import type { Lowering } from "../tree-sitter/lower-nodes.ts";
import type { SyntaxNode } from "../tree-sitter/read-nodes.ts";

/** What the rules of PHP work on. */
export interface PhpFile {
  readonly draft: FileDraft;
  readonly lowering: Lowering;
  readonly scope: Scope;
}

/** `name` of `$name`. */
export function variableName(file: PhpFile, node: SyntaxNode): string {
  return file.draft.textOf(node).replace(/^[&\s]*\$/, "");
}

/** A name without the backslash that says that it is whole. */
export function plainName(file: PhpFile, node: SyntaxNode): string {
  return file.draft.textOf(node).replace(/^\\/, "");
}

/** `at` is where the last part stands. */
export function nameExpression(file: PhpFile, node: SyntaxNode): Expression {
  const written = file.draft.textOf(node);
  return name(node.start + written.lastIndexOf("\\") + 1, plainName(file, node));
}

/** The type bare: of `?PDO` and of `PDO|null` it is `PDO`. */
export function bareType(file: PhpFile, node: SyntaxNode | null): string | null {
  if (node === null || node.type === "bottom_type") return null;
  const [first] = node.children;
  if (node.type !== "named_type" && first !== undefined) return bareType(file, first);
  const written = plainName(file, node);
  return written === "void" || written === "null" ? null : written;
}
