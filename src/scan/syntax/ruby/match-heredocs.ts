import type { SyntaxNode } from "../tree-sitter/read-nodes.ts";

/** Which body belongs to which announcement: of one line's, the first announced comes first. */
export function matchHeredocs(
  root: SyntaxNode,
  textOf: (node: SyntaxNode) => string,
): ReadonlyMap<SyntaxNode, SyntaxNode> {
  const matched = new Map<SyntaxNode, SyntaxNode>();
  let waiting: SyntaxNode[] = [];
  // No recursion: a chain of operators nests without end.
  const stack = [root];
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    if (node.type === "heredoc_beginning") waiting.push(node);
    if (node.type === "heredoc_body") take(node);
    for (let index = node.children.length - 1; index >= 0; index--) {
      const child = node.children[index];
      if (child !== undefined) stack.push(child);
    }
  }
  return matched;

  function take(body: SyntaxNode): void {
    const end = body.children.findLast((child) => child.type === "heredoc_end");
    const tag = end === undefined ? "" : textOf(end).trim();
    const beginning = waiting.find((each) => tag === "" || tagOf(textOf(each)) === tag);
    if (beginning !== undefined) matched.set(beginning, body);
    waiting = waiting.filter((each) => each !== beginning);
  }
}

/** `SQL` of `<<~'SQL'`. */
export function tagOf(beginning: string): string {
  return beginning.replace(/^<<[~-]?["'`]?/, "").replace(/["'`]$/, "");
}
