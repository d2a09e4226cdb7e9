import { qualify } from "../scope/create-scope.ts";
import type { Expression } from "../syntax.ts";
import { fieldOf, type SyntaxNode } from "../tree-sitter/read-nodes.ts";
import type { JavaFile } from "./java-file.ts";
import { readParameters } from "./java-methods.ts";

/** A lambda as a function of its own; `name` is the variable that it is bound to at once, null when there is none. */
export function defineLambda(file: JavaFile, node: SyntaxNode, name: string | null): Expression {
  const { draft, lowering, scope } = file;
  const path = qualify(scope.path, name ?? "lambda");
  const head = {
    name,
    owner: null,
    qualified: path,
    params: readParameters(file, fieldOf(node, "parameters")),
    returns: null,
    isExported: false,
    marks: [],
    at: node.start,
    end: node.end,
  };
  const index = draft.define(head, () => {
    scope.inside(scope.owner, path, () => {
      const body = fieldOf(node, "body");
      if (body === null) return;
      if (body.type === "block") lowering.visit(body);
      else draft.emit({ do: "return", value: lowering.lower(body) });
    });
  });
  return { is: "function", index, at: node.start };
}
