import type { Expression } from "../syntax.ts";
import type { FileDraft } from "../tree-sitter/draft-file.ts";
import { dottedPath } from "../dotted-path.ts";
import { isNothing, name, nothing, other } from "../tree-sitter/expressions.ts";
import { setName } from "../scope/set-name.ts";
import type { Lowering, Rules } from "../tree-sitter/lower-nodes.ts";
import { childOf, fieldOf } from "../tree-sitter/read-nodes.ts";
import type { SyntaxNode } from "../tree-sitter/read-nodes.ts";
import { readUse } from "./imports.ts";
import { bindPattern } from "./patterns.ts";
import type { Scope } from "./scope.ts";
import { bareType } from "./types.ts";

export type LowerFor = (name: string | null, value: SyntaxNode) => Expression;

export function statementRules(
  draft: FileDraft,
  { lower, visit, visitAll }: Lowering,
  scope: Scope,
  lowerFor: LowerFor,
): Rules["statements"] {
  const inside = (node: SyntaxNode): void => visitAll(node.children);
  const bare = (node: SyntaxNode, field: string): string | null =>
    bareType(draft, fieldOf(node, field), scope.self);

  /** A `const` or a `static`: of a type it is `Type.NAME`; in a module of the file it has its path as well. */
  function constant(node: SyntaxNode): void {
    const nameNode = fieldOf(node, "name");
    const value = fieldOf(node, "value");
    if (nameNode === null || value === null) return;
    const written = draft.textOf(nameNode);
    const isMember = scope.self !== null && draft.current().index === 0;
    const target = isMember ? `${scope.self}.${written}` : written;
    const isConstant = childOf(node, "mutable_specifier") === null;
    const isExported = childOf(node, "visibility_modifier") !== null || isMember;
    const set = { ...setName(nameNode.start, target, lowerFor(written, value)), isConstant, isExported };
    draft.emit({ ...set, type: bare(node, "type") });
    if (scope.modules.length > 0 && draft.current().index === 0)
      draft.emit({
        ...set,
        target: [...scope.modules, target].join("."),
        value: name(nameNode.start, target),
      });
  }

  function assign(node: SyntaxNode, isAppend: boolean, isKept: boolean): void {
    const left = fieldOf(node, "left");
    const right = fieldOf(node, "right");
    if (left === null || right === null) return;
    const place = lower(left);
    const target = dottedPath(place);
    if (target === null && !isNothing(place)) draft.emit({ do: "run", value: place });
    const given = lowerFor(left.type === "identifier" ? target : null, right);
    if (target === null && isNothing(given)) return;
    draft.emit({
      ...setName(left.start, target, isKept ? given : other(node.start, [given])),
      isAppend,
    });
  }

  return {
    source_file: inside,
    ERROR: inside,
    expression_statement: inside,
    let_chain: inside,
    while_expression: inside,
    loop_expression: inside,
    break_expression: inside,
    yield_expression: inside,
    foreign_mod_item: inside,
    function_signature_item: () => {},
    associated_type: () => {},
    empty_statement: () => {},
    continue_expression: () => {},
    use_declaration: (node) => readUse(draft, fieldOf(node, "argument")),
    extern_crate_declaration(node) {
      const nameNode = fieldOf(node, "name");
      if (nameNode === null) return;
      const module = draft.textOf(nameNode);
      const alias = fieldOf(node, "alias");
      draft.imports.push({ local: alias === null ? module : draft.textOf(alias), module, exported: "*" });
    },
    const_item: constant,
    static_item: constant,
    let_declaration(node) {
      const pattern = fieldOf(node, "pattern");
      const value = fieldOf(node, "value");
      const bound = pattern?.type === "identifier" ? draft.textOf(pattern) : null;
      const given = value === null ? nothing(node.start) : lowerFor(bound, value);
      if (value !== null) bindPattern(draft, pattern, given, bare(node, "type"));
      visit(fieldOf(node, "alternative"));
    },
    assignment_expression: (node) => assign(node, false, true),
    compound_assignment_expr(node) {
      const isAppend = fieldOf(node, "operator")?.type === "+=";
      assign(node, isAppend, isAppend);
    },
    for_expression(node) {
      const of = lower(fieldOf(node, "value"));
      bindPattern(draft, fieldOf(node, "pattern"), { is: "index", of, key: nothing(of.at), at: of.at });
      visit(fieldOf(node, "body"));
    },
    return_expression(node) {
      const [value] = node.children;
      if (value !== undefined) draft.emit({ do: "return", value: lower(value) });
    },
  };
}
