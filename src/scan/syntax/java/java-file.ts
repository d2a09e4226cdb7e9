import type { Expression } from "../syntax.ts";
import type { Scope } from "../scope/create-scope.ts";
import type { FileDraft } from "../tree-sitter/draft-file.ts";
import type { Lowering } from "../tree-sitter/lower-nodes.ts";
import type { SyntaxNode } from "../tree-sitter/read-nodes.ts";

/** What the rules of Java work on. */
export interface JavaFile {
  readonly draft: FileDraft;
  readonly lowering: Lowering;
  readonly scope: Scope;
  /** The values that `yield` gives to the switch expressions around, the innermost last. */
  readonly yields: Expression[][];
}

/** The type bare: `Backend` of `List<…>`'s cousin `pool.Backend<T>[]` is `pool.Backend`. Null when none is declared, or `var`. */
export function bareType(file: JavaFile, node: SyntaxNode | null): string | null {
  if (node === null) return null;
  switch (node.type) {
    case "void_type":
      return null;
    case "array_type":
    case "generic_type":
      return bareType(file, node.children[0] ?? null);
    case "annotated_type":
      return bareType(file, node.children.at(-1) ?? null);
    case "catch_type":
      return bareType(file, node.children[0] ?? null);
    default: {
      const written = file.draft.textOf(node).replace(/<[^]*>|\s+/g, "");
      return written === "var" ? null : written;
    }
  }
}
