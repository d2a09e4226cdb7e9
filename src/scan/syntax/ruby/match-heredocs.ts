import type { SyntaxNode } from "../tree-sitter/read-nodes.ts";

/** Which body belongs to which announcement: of one line's, the first announced comes first. */
export function matchHeredocs(
  root: SyntaxNode,
  textOf: (node: SyntaxNode) => string,
): ReadonlyMap<SyntaxNode, SyntaxNode> {
  const matched = new Map<SyntaxNode, SyntaxNode>();
  let waiting: SyntaxNode[] = [];
  const visit = (node: SyntaxNode): void => {
    if (node.type === "heredoc_beginning") waiting.push(node);
    if (node.type === "heredoc_body") {
      const end = node.children.findLast((child) => child.type === "heredoc_end");
      const tag = end === undefined ? "" : textOf(end).trim();
      const beginning = waiting.find((each) => tag === "" || tagOf(textOf(each)) === tag);
      if (beginning !== undefined) matched.set(beginning, node);
      waiting = waiting.filter((each) => each !== beginning);
    }
    for (const child of node.children) visit(child);
  };
  visit(root);
  return matched;
}

/** `SQL` of `<<~'SQL'`. */
export function tagOf(beginning: string): string {
  return beginning.replace(/^<<[~-]?["'`]?/, "").replace(/["'`]$/, "");
}
