import type { Expression } from "../syntax.ts";
import type { FileDraft } from "../tree-sitter/draft-file.ts";
import { dottedPath } from "../dotted-path.ts";
import { compare, isNothing, nothing, other } from "../tree-sitter/expressions.ts";
import { setName } from "../scope/set-name.ts";
import type { Lowering, Rules } from "../tree-sitter/lower-nodes.ts";
import { fieldOf, fieldsOf } from "../tree-sitter/read-nodes.ts";
import type { SyntaxNode } from "../tree-sitter/read-nodes.ts";
import { bareType, readType } from "./types.ts";

/** Lowers a value that is given to a name, which a function literal then bears. */
export type LowerFor = (name: string | null, value: SyntaxNode) => Expression;

export function statementRules(
  draft: FileDraft,
  lowering: Lowering,
  lowerFor: LowerFor,
): Rules["statements"] {
  const { lower, lowerAll, visit, visitAll } = lowering;
  const inside = (node: SyntaxNode): void => visitAll(node.children);

  /** `a, b = c, d`, or `a, err = f()`: then the first is what the call gives, and nothing is known of the rest. */
  function assign(lefts: readonly SyntaxNode[], rights: readonly SyntaxNode[], operator: string): void {
    const isPaired = lefts.length === rights.length;
    lefts.forEach((left, index) => {
      const right = isPaired || index === 0 ? rights[index] : undefined;
      const isName = left.type === "identifier" || left.type === "selector_expression";
      const place = isName ? dottedPath(lower(left)) : null;
      const target = place === "_" ? null : place;
      // What stands in `f().x` or `m[g()]`.
      if (place === null) visit(left);
      const bound = left.type === "identifier" ? target : null;
      const value = right === undefined ? nothing(left.start) : lowerFor(bound, right);
      if (target === null && isNothing(value)) return;
      const isKept = operator === "=" || operator === ":=" || operator === "+=";
      const given = isKept ? value : other(left.start, [value]);
      draft.emit({ ...setName(left.start, target, given), isAppend: operator === "+=" });
    });
    if (!isPaired) visitAll(rights.slice(1));
  }

  function declare(spec: SyntaxNode, values: readonly SyntaxNode[], isConstant: boolean): void {
    const names = fieldsOf(spec, "name");
    const type = bareType(draft, fieldOf(spec, "type"));
    names.forEach((node, index) => {
      const target = draft.textOf(node) === "_" ? null : draft.textOf(node);
      const right = values[index];
      draft.emit({
        do: "set",
        target,
        value: right === undefined ? nothing(node.start) : lowerFor(target, right),
        isAppend: false,
        isConstant,
        // Every file of the package reads what stands outside of functions.
        isExported: draft.current().index === 0,
        type,
        at: node.start,
      });
    });
    visitAll(values.slice(names.length));
  }

  const listed = (node: SyntaxNode | null): readonly SyntaxNode[] =>
    node?.type === "expression_list" ? node.children : node === null ? [] : [node];

  return {
    source_file: inside,
    ERROR: inside,
    block: inside,
    statement_list: inside,
    expression_statement: inside,
    if_statement: inside,
    for_statement: inside,
    for_clause: inside,
    select_statement: inside,
    communication_case: inside,
    default_case: inside,
    labeled_statement: inside,
    defer_statement: inside,
    go_statement: inside,
    type_declaration: inside,
    var_declaration: inside,
    var_spec_list: inside,
    expression_list: inside,
    type_spec: (node) => readType(draft, node),
    type_alias: (node) => readType(draft, node),
    const_declaration(node) {
      // A line without values repeats those of the line before it.
      let values: readonly SyntaxNode[] = [];
      for (const spec of node.children) {
        if (spec.type !== "const_spec") visit(spec);
        const own = listed(fieldOf(spec, "value"));
        if (own.length > 0) values = own;
        if (spec.type === "const_spec") declare(spec, values.slice(0, fieldsOf(spec, "name").length), true);
      }
    },
    var_spec: (node) => declare(node, listed(fieldOf(node, "value")), false),
    short_var_declaration: (node) =>
      assign(listed(fieldOf(node, "left")), listed(fieldOf(node, "right")), ":="),
    assignment_statement: (node) =>
      assign(
        listed(fieldOf(node, "left")),
        listed(fieldOf(node, "right")),
        fieldOf(node, "operator")?.type ?? "",
      ),
    receive_statement: (node) =>
      fieldOf(node, "left") === null
        ? inside(node)
        : assign(listed(fieldOf(node, "left")), listed(fieldOf(node, "right")), ":="),
    send_statement(node) {
      draft.emit({ do: "run", value: other(node.start, lowerAll(node.children)) });
    },
    range_clause(node) {
      const [key, element] = listed(fieldOf(node, "left"));
      const of = lower(fieldOf(node, "right"));
      const target = element === undefined ? null : dottedPath(lower(element));
      const value: Expression = { is: "index", of, key: nothing(node.start), at: of.at };
      if (element === undefined || target === null || target === "_") draft.emit({ do: "run", value: of });
      else draft.emit(setName(element.start, target, value));
      if (key !== undefined) assign([key], [], ":=");
    },
    return_statement(node) {
      // A caller's first name takes the first value; the others are mostly errors, and must not be taken for it.
      const [first, ...rest] = listed(node.children[0] ?? null);
      visitAll(rest);
      if (first !== undefined) draft.emit({ do: "return", value: lower(first) });
    },
    expression_switch_statement(node) {
      visit(fieldOf(node, "initializer"));
      const value = fieldOf(node, "value");
      const cases = node.children.filter(({ type }) => type === "expression_case");
      const tested = cases.flatMap((each) => listed(fieldOf(each, "value")));
      if (value === null) visitAll(tested);
      else draft.emit({ do: "run", value: compare(value.start, [lower(value), ...lowerAll(tested)]) });
      for (const each of node.children)
        if (each.field === null) visitAll(each.children.filter(({ field }) => field !== "value"));
    },
    type_switch_statement(node) {
      visit(fieldOf(node, "initializer"));
      const [alias] = listed(fieldOf(node, "alias"));
      const value = fieldOf(node, "value");
      if (value !== null && alias !== undefined) assign([alias], [value], ":=");
      else visit(value);
      for (const each of node.children)
        if (each.field === null) visitAll(each.children.filter(({ field }) => field !== "type"));
    },
  };
}
