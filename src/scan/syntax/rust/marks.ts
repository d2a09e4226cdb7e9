import type { FileDraft } from "../tree-sitter/draft-file.ts";
import type { SyntaxNode } from "../tree-sitter/read-nodes.ts";

/** The names of an attribute: `tokio::test`; `cfg(test)` with its condition, which tells what the code is for. */
export function readMark(draft: FileDraft, item: SyntaxNode): string[] {
  const attribute = item.children[0];
  const path = attribute?.children[0];
  if (attribute === undefined || path === undefined) return [];
  const name = draft.textOf(path);
  return [name === "cfg" ? draft.textOf(attribute).replaceAll(/\s/g, "") : name];
}
