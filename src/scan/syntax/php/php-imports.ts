import type { Rules } from "../tree-sitter/lower-nodes.ts";
import { childOf, fieldOf, type SyntaxNode } from "../tree-sitter/read-nodes.ts";
import { plainName, type PhpFile } from "./php-file.ts";

/** `use App\Names` takes `Names` of `App`, be it a class, a function or a constant. */
export function phpImports(file: PhpFile): Rules["statements"] {
  function take(node: SyntaxNode, above: string): void {
    const alias = fieldOf(node, "alias");
    const path = node.children.find((child) => child !== alias && child.type.endsWith("name"));
    if (path === undefined) return;
    const whole = [above, plainName(file, path)].filter((part) => part !== "").join("\\");
    const cut = whole.lastIndexOf("\\");
    const exported = whole.slice(cut + 1);
    file.draft.imports.push({
      local: alias === null ? exported : file.draft.textOf(alias),
      module: whole.slice(0, Math.max(cut, 0)),
      exported,
    });
  }

  return {
    namespace_use_declaration: (node) => {
      const prefix = childOf(node, "namespace_name");
      const above = prefix === null ? "" : plainName(file, prefix);
      for (const clause of node.children) if (clause.type === "namespace_use_clause") take(clause, "");
      for (const clause of fieldOf(node, "body")?.children ?? []) take(clause, above);
    },
  };
}
