import type { Expression } from "../syntax.ts";
import type { Lowering, Rules } from "../tree-sitter/lower-nodes.ts";
import type { SyntaxNode } from "../tree-sitter/read-nodes.ts";

/**
 * The rules, and one more: what the parser did not understand (ERROR nodes, which may stand anywhere) is visited after
 * the node that holds it, so that a rule that takes only the parts it knows loses nothing of it.
 */
export function keepErrors(rules: Rules, lowering: Lowering): Rules {
  const lowered = new WeakSet<SyntaxNode>();
  const visitErrors = (above: SyntaxNode): void => {
    // No recursion: a chain of operators nests without end.
    const stack = [above];
    for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
      for (const child of node.children) {
        if (lowered.has(child)) continue;
        if (child.type === "ERROR") lowering.visit(child);
        else stack.push(child);
      }
    }
  };
  const keep =
    <Result>(rule: (node: SyntaxNode) => Result) =>
    (node: SyntaxNode): Result => {
      lowered.add(node);
      const result = rule(node);
      visitErrors(node);
      return result;
    };
  const expressions: Record<string, (node: SyntaxNode) => Expression> = {};
  for (const [type, rule] of Object.entries(rules.expressions)) expressions[type] = keep(rule);
  const statements: Record<string, (node: SyntaxNode) => void> = {
    ERROR: keep((node) => lowering.visitAll(node.children)),
  };
  for (const [type, rule] of Object.entries(rules.statements)) statements[type] = keep(rule);
  return { expressions, statements };
}
