import type { Expression } from "../syntax.ts";
import type { FileDraft } from "./draft-file.ts";
import { isNothing, nothing, other } from "./expressions.ts";
import type { SyntaxNode } from "./read-nodes.ts";

/** How the nodes of a language are lowered, by their type. */
export interface Rules {
  readonly expressions: Readonly<Record<string, (node: SyntaxNode) => Expression>>;
  /** Nodes that have no value: they emit statements. */
  readonly statements: Readonly<Record<string, (node: SyntaxNode) => void>>;
}

export interface Lowering {
  /** The value of a node. A type without a rule gives what is inside of it; a statement is emitted, and has none. */
  readonly lower: (node: SyntaxNode | null) => Expression;
  readonly lowerAll: (nodes: readonly SyntaxNode[]) => Expression[];
  /** Emits what a node does; a value is run for its effect. */
  readonly visit: (node: SyntaxNode | null) => void;
  readonly visitAll: (nodes: readonly SyntaxNode[]) => void;
}

/** Lowers by rules, so that nothing is lost where there is none. `rulesOf` is asked once, and may use the lowering. */
export function createLowering(draft: FileDraft, rulesOf: (lowering: Lowering) => Rules): Lowering {
  const lowering: Lowering = {
    lower(node) {
      if (node === null) return nothing(0);
      const expression = expressions.get(node.type);
      if (expression !== undefined) return expression(node);
      const statement = statements.get(node.type);
      if (statement === undefined) return other(node.start, lowering.lowerAll(node.children));
      statement(node);
      return nothing(node.start);
    },
    lowerAll: (nodes) => nodes.map((node) => lowering.lower(node)),
    visit(node) {
      if (node === null) return;
      const statement = statements.get(node.type);
      if (statement !== undefined) return statement(node);
      const value = lowering.lower(node);
      if (!isNothing(value)) draft.emit({ do: "run", value });
    },
    visitAll(nodes) {
      for (const node of nodes) lowering.visit(node);
    },
  };
  const rules = rulesOf(lowering);
  const expressions = new Map(Object.entries(rules.expressions));
  const statements = new Map(Object.entries(rules.statements));
  return lowering;
}
