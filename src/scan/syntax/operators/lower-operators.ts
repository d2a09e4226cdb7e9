import type { Expression } from "../syntax.ts";
import { choice, compare, join, other } from "../tree-sitter/expressions.ts";
import { fieldOf, type SyntaxNode } from "../tree-sitter/read-nodes.ts";

/** What an operator of two sides gives. */
export type OperatorMeaning = "join" | "compare" | "choice" | "other";

/**
 * The value of a chain `a + b == c …` of nodes of one type, which nest in their first child (their `left`). The chain is
 * followed in a loop: people write thousands of links. What one operator links becomes one expression.
 */
export function lowerOperators(
  node: SyntaxNode,
  meaningOf: (operator: string) => OperatorMeaning,
  lower: (side: SyntaxNode) => Expression,
  /** Whether a link belongs to the chain; `lower` is asked for the others. */
  isLink: (link: SyntaxNode) => boolean = () => true,
): Expression {
  const links: SyntaxNode[] = [];
  let first: SyntaxNode = node;
  while (first.type === node.type && isLink(first)) {
    const left = fieldOf(first, "left");
    if (left === null) break;
    links.push(first);
    first = left;
  }
  // One without a left side (a syntax error) still gives what is in it.
  const isBroken = first.type === node.type && isLink(first);
  let sides = isBroken ? first.children.map(lower) : [lower(first)];
  let meaning: OperatorMeaning | null = null;
  for (const link of links.toReversed()) {
    const next = meaningOf(fieldOf(link, "operator")?.type ?? "");
    if (meaning !== null && next !== meaning) sides = [combine(meaning, node.start, sides)];
    meaning = next;
    for (const side of link.children) {
      if (side.field !== "left" && side.field !== "operator") sides.push(lower(side));
    }
  }
  return combine(meaning ?? "other", node.start, sides);
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
