import type { Expression } from "../syntax.ts";
import type { FileDraft } from "../tree-sitter/draft-file.ts";
import { name } from "../tree-sitter/expressions.ts";
import { fieldOf } from "../tree-sitter/read-nodes.ts";
import type { SyntaxNode } from "../tree-sitter/read-nodes.ts";

/**
 * A path from the crate's root or the module above, `crate::names::drop_all`: what it names is imported without a `use`, and is
 * read as if there were one. Null for every other path, and for one that ends in a type.
 */
export function readAbsolutePath(
  draft: FileDraft,
  node: SyntaxNode,
  modules: readonly string[],
): Expression | null {
  const path = fieldOf(node, "path");
  const last = fieldOf(node, "name");
  if (path === null || last === null) return null;
  const module = draft.textOf(path).replaceAll(/\s/g, "");
  if (!/^(?:crate|super|self)(?:::[a-z_][a-z0-9_]*)*$/.test(module)) return null;
  const written = draft.textOf(last);
  if (/^[A-Z][^A-Z]*[a-z]/.test(written)) return null;
  const above = path.type === "scoped_identifier" ? fieldOf(path, "name") : null;
  if (above === null) {
    // What a module inside of this file finds above itself is the file.
    if (module === "self" || (module === "super" && modules.length > 0)) return name(last.start, written);
    addImport(draft, written, module, written);
    return name(last.start, written);
  }
  const local = draft.textOf(above);
  addImport(draft, local, module, "*");
  return { is: "member", of: name(above.start, local), name: written, at: last.start };
}

/** Imports a name that a path holds, unless the file has one that is called so. */
export function addImport(draft: FileDraft, local: string, module: string, exported: string): void {
  if (!draft.imports.some((each) => each.local === local)) draft.imports.push({ local, module, exported });
}
