import type { Expression } from "../syntax.ts";
import { name, nothing } from "../tree-sitter/expressions.ts";
import type { Rules } from "../tree-sitter/lower-nodes.ts";
import { fieldOf, type SyntaxNode } from "../tree-sitter/read-nodes.ts";
import type { RubyFile } from "./ruby-file.ts";

/** They are no calls of something that a program defines. */
const words = new Set([
  "private",
  "public",
  "protected",
  "module_function",
  "__FILE__",
  "__method__",
  "binding",
]);

export function rubyNames(file: RubyFile): Rules["expressions"] {
  const { draft, lowering } = file;
  const nameOf = (node: SyntaxNode) => name(node.start, draft.textOf(node));
  /** `@sql` is what `self.sql` reads; a class's own too. */
  const fieldOfSelf = (node: SyntaxNode): Expression => ({
    is: "member",
    of: name(node.start, "self"),
    name: draft.textOf(node).replace(/^@+/, ""),
    at: node.start,
  });
  return {
    /** A bare name that no assignment made a variable is a call. */
    identifier: (node) => {
      const word = draft.textOf(node);
      if (words.has(word)) return nothing(node.start);
      const callee = name(node.start, word);
      if (file.locals.has(word)) return callee;
      return { is: "call", how: "call", callee, args: [], named: [], at: node.start, end: node.end };
    },
    constant: nameOf,
    self: nameOf,
    global_variable: nameOf,
    instance_variable: fieldOfSelf,
    class_variable: fieldOfSelf,
    scope_resolution: (node) => {
      const scope = fieldOf(node, "scope");
      const last = fieldOf(node, "name");
      if (last === null || scope === null) return nameOf(last ?? node);
      return { is: "member", of: lowering.lower(scope), name: draft.textOf(last), at: last.start };
    },
  };
}
