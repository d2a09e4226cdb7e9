import type { Expression } from "../syntax.ts";
import { choice, compare, join, other } from "../tree-sitter/expressions.ts";
import { fieldOf, type SyntaxNode } from "../tree-sitter/read-nodes.ts";

/** What an operator of two sides gives. */
export type OperatorMeaning = "join" | "compare" | "choice" | "other";

/** Beyond this many changes of meaning the rest of a chain is one heap: whoever reads the expressions does so by recursion. */
const mostChanges = 200;

/**
 * The value of a chain `a + b == c …` of nodes of one type, which nest in their first child (their `left`). The chain is
 * followed in a loop: people write thousands of links. What one operator links becomes one expression. `makeOwn` gives
 * an expression of its own for a link that is none of the four, null for the others, whose left side it need not ask for.
 */
export function lowerOperators(
  node: SyntaxNode,
  meaningOf: (operator: string) => OperatorMeaning,
  lower: (side: SyntaxNode) => Expression,
  makeOwn: (link: SyntaxNode, left: () => Expression) => Expression | null = () => null,
): Expression {
  const { links, first } = followLeft(node);
  // One without a left side (a syntax error) still gives what is in it.
  let sides = first.type === node.type ? first.children.map(lower) : [lower(first)];
  let meaning: OperatorMeaning = "other";
  let changes = 0;
  const together = (): Expression => {
    const [only] = sides;
    return only !== undefined && sides.length === 1 ? only : combine(meaning, node.start, sides);
  };
  for (const link of links.toReversed()) {
    const own = changes < mostChanges ? makeOwn(link, together) : null;
    if (own !== null) {
      sides = [own];
      changes++;
      continue;
    }
    const next = changes < mostChanges ? meaningOf(fieldOf(link, "operator")?.type ?? "") : "other";
    if (next !== meaning && sides.length > 1) {
      sides = [together()];
      changes++;
    }
    meaning = next;
    for (const side of link.children) {
      if (side.field !== "left" && side.field !== "operator") sides.push(lower(side));
    }
  }
  return together();
}

/** The links of a chain, the outermost first, and what stands before the innermost. */
function followLeft(node: SyntaxNode): { readonly links: readonly SyntaxNode[]; readonly first: SyntaxNode } {
  const links: SyntaxNode[] = [];
  let first = node;
  for (;;) {
    const left = first.type === node.type ? fieldOf(first, "left") : null;
    if (left === null) return { links, first };
    links.push(first);
    first = left;
  }
}

function combine(meaning: OperatorMeaning, at: number, sides: readonly Expression[]): Expression {
  switch (meaning) {
    case "join":
      return join(at, sides);
    case "compare":
      return compare(at, sides);
    case "choice":
      return choice(at, sides);
    case "other":
      return other(at, sides);
  }
}
