import type { FileDraft } from "../tree-sitter/draft-file.ts";
import { fieldOf } from "../tree-sitter/read-nodes.ts";
import type { SyntaxNode } from "../tree-sitter/read-nodes.ts";

/** A `use` tree, flattened. A glob gives the file every name of the module. */
export function readUse(draft: FileDraft, node: SyntaxNode | null, prefix = ""): void {
  if (node === null) return;
  const below = (path: string): string => (prefix === "" ? path : `${prefix}::${path}`);
  const pathOf = (part: SyntaxNode | null): string =>
    part === null ? "" : draft.textOf(part).replaceAll(/\s/g, "");
  switch (node.type) {
    case "scoped_use_list": {
      const path = fieldOf(node, "path");
      return readUse(draft, fieldOf(node, "list"), path === null ? prefix : below(pathOf(path)));
    }
    case "use_list":
      return node.children.forEach((each) => readUse(draft, each, prefix));
    case "use_wildcard": {
      const [path] = node.children;
      const module = path === undefined ? prefix : below(pathOf(path));
      draft.imports.push({ local: null, module, exported: "*" });
      return;
    }
    case "use_as_clause": {
      const alias = pathOf(fieldOf(node, "alias"));
      return addImport(draft, below(pathOf(fieldOf(node, "path"))), alias);
    }
    default:
      return addImport(draft, below(pathOf(node)), null);
  }
}

/** `a::b::c` is what `c` is in `a::b`; `a::b::self` is `a::b`. */
function addImport(draft: FileDraft, written: string, alias: string | null): void {
  const path = written.replace(/::self$/, "").replace(/^::/, "");
  const end = path.lastIndexOf("::");
  const name = end < 0 ? path : path.slice(end + 2);
  const local = alias ?? name;
  if (end < 0) draft.imports.push({ local, module: path, exported: "*" });
  else draft.imports.push({ local, module: path.slice(0, end), exported: name });
}
