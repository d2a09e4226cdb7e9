import type { Expression } from "../syntax.ts";
import { choice, nothing } from "../tree-sitter/expressions.ts";
import type { SyntaxNode } from "../tree-sitter/read-nodes.ts";
import type { RubyFile } from "./ruby-file.ts";

/**
 * Statements in a place where a value is wanted: all are done, the last one's value is theirs. Where something may be
 * rescued, the value is also that of a rescue, or of the `else` that follows when nothing was.
 */
export function lowerSequence(file: RubyFile, nodes: readonly SyntaxNode[], at: number): Expression {
  const { lowering } = file;
  const plain = nodes.filter(
    ({ type }) => !clauses.has(type) && type !== "heredoc_body" && type !== "empty_statement",
  );
  lowering.visitAll(plain.slice(0, -1));
  const last = plain.at(-1);
  const options = [last === undefined ? nothing(at) : lowering.lower(last)];
  for (const clause of nodes) {
    if (clause.type === "ensure") lowering.visit(clause);
    else if (clauses.has(clause.type)) options.push(lowering.lower(clause));
    else if (clause.type === "heredoc_body") lowering.visit(clause);
  }
  return choice(at, options);
}

const clauses = new Set(["rescue", "else", "ensure"]);
