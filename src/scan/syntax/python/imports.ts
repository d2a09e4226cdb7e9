import type { FileDraft } from "../tree-sitter/draft-file.ts";
import { childOf, fieldOf, fieldsOf } from "../tree-sitter/read-nodes.ts";
import type { SyntaxNode } from "../tree-sitter/read-nodes.ts";

/** `import a.b` names `a`, and `a.b`; `import a.b as c` names the module `a.b`. */
export function readImport(draft: FileDraft, node: SyntaxNode): void {
  for (const each of fieldsOf(node, "name")) {
    const { path, alias } = importOf(draft, each);
    const dot = path.indexOf(".");
    if (alias !== null || dot < 0) draft.imports.push({ local: alias ?? path, module: path, exported: "*" });
    else {
      const first = path.slice(0, dot);
      draft.imports.push(
        { local: first, module: first, exported: "*" },
        { local: path, module: path, exported: "*" },
      );
    }
  }
}

/** `from .m import a as b`; `from m import *` gives the file every name of the module. */
export function readFromImport(draft: FileDraft, node: SyntaxNode): void {
  const from = fieldOf(node, "module_name");
  const module = from === null ? "" : draft.textOf(from).replaceAll(/\s/g, "");
  if (childOf(node, "wildcard_import") !== null) draft.imports.push({ local: null, module, exported: "*" });
  for (const each of fieldsOf(node, "name")) {
    const { path, alias } = importOf(draft, each);
    draft.imports.push({ local: alias ?? path, module, exported: path });
  }
}

function importOf(draft: FileDraft, node: SyntaxNode): { path: string; alias: string | null } {
  const alias = fieldOf(node, "alias");
  const path = alias === null ? node : (fieldOf(node, "name") ?? node);
  return {
    path: draft.textOf(path).replaceAll(/\s/g, ""),
    alias: alias === null ? null : draft.textOf(alias),
  };
}
