import type { Rules } from "../tree-sitter/lower-nodes.ts";
import { fieldOf, type SyntaxNode } from "../tree-sitter/read-nodes.ts";
import type { CsharpFile } from "./csharp-file.ts";

/** `using A.B` takes no name; `using X = A.C` takes `C` of `A`. */
export function csharpImports(file: CsharpFile): Rules["statements"] {
  const { draft, lowering } = file;

  function take(node: SyntaxNode): void {
    const alias = fieldOf(node, "name");
    const path = node.children.find((child) => child !== alias);
    if (path === undefined) return;
    const module = draft.textOf(path).replace(/^global::/, "");
    const cut = module.lastIndexOf(".");
    if (alias === null) draft.imports.push({ local: null, module, exported: "*" });
    else {
      draft.imports.push({
        local: draft.textOf(alias),
        module: module.slice(0, Math.max(cut, 0)),
        exported: module.slice(cut + 1),
      });
    }
  }

  function enter(node: SyntaxNode): void {
    const name = fieldOf(node, "name");
    if (name !== null) draft.setPackage(draft.textOf(name));
    lowering.visit(fieldOf(node, "body"));
  }

  return {
    using_directive: take,
    extern_alias_directive: () => undefined,
    namespace_declaration: enter,
    file_scoped_namespace_declaration: enter,
  };
}
