import { lowerOnly } from "../errors/lower-only.ts";
import { setName } from "../scope/set-name.ts";
import type { Expression } from "../syntax.ts";
import { compare, nothing, other } from "../tree-sitter/expressions.ts";
import type { Rules } from "../tree-sitter/lower-nodes.ts";
import { childOf, fieldOf, type SyntaxNode } from "../tree-sitter/read-nodes.ts";
import { variableName, type PhpFile } from "./php-file.ts";
import { emitTargets } from "./php-targets.ts";

export function phpStatements(file: PhpFile): Rules["statements"] {
  const { draft, lowering } = file;
  const visitAll = (node: SyntaxNode) => lowering.visitAll(node.children);

  function visitForeach(node: SyntaxNode): void {
    const body = fieldOf(node, "body");
    const [list, item] = node.children.filter((child) => child !== body);
    const of = lowering.lower(list ?? null);
    const target = item?.type === "pair" ? item.children.at(-1) : item;
    const value: Expression = { is: "index", of, key: nothing(of.at), at: of.at };
    if (item?.type === "pair" && item.children.length === 2) {
      emitTargets(file, item.children[0] ?? null, nothing(item.start));
    }
    if (target === undefined) draft.emit({ do: "run", value: of });
    else emitTargets(file, target, value);
    lowering.visit(body);
  }

  function visitSwitch(node: SyntaxNode): void {
    const cases = fieldOf(node, "body")?.children ?? [];
    const values = cases.map((each) => lowering.lower(fieldOf(each, "value")));
    const subject = lowering.lower(fieldOf(node, "condition"));
    draft.emit({ do: "run", value: compare(node.start, [subject, ...values]) });
    for (const each of cases) lowering.visitAll(each.children.filter((child) => child.field !== "value"));
  }

  function visitStatic(node: SyntaxNode): void {
    const nameNode = fieldOf(node, "name");
    const value = fieldOf(node, "value");
    if (nameNode === null || value === null) return lowering.visit(value);
    draft.emit(setName(nameNode.start, variableName(file, nameNode), lowering.lower(value)));
  }

  return {
    program: visitAll,
    compound_statement: visitAll,
    colon_block: visitAll,
    expression_statement: visitAll,
    if_statement: visitAll,
    else_clause: visitAll,
    else_if_clause: visitAll,
    while_statement: visitAll,
    do_statement: visitAll,
    for_statement: visitAll,
    sequence_expression: visitAll,
    try_statement: visitAll,
    catch_clause: (node) => lowering.visit(fieldOf(node, "body")),
    finally_clause: visitAll,
    declare_statement: (node) => {
      lowering.visitAll(node.children.filter((child) => child.type !== "declare_directive"));
    },
    foreach_statement: visitForeach,
    switch_statement: visitSwitch,
    function_static_declaration: visitAll,
    static_variable_declaration: visitStatic,
    global_declaration: () => undefined,
    unset_statement: (node) => {
      draft.emit({ do: "run", value: other(node.start, lowering.lowerAll(node.children)) });
    },
    return_statement: (node) => {
      if (node.children.length > 0) draft.emit({ do: "return", value: lowerOnly(lowering, node) });
    },
    break_statement: () => undefined,
    continue_statement: () => undefined,
    goto_statement: () => undefined,
    named_label_statement: () => undefined,
    php_tag: () => undefined,
    text: () => undefined,
    text_interpolation: () => undefined,
    namespace_definition: (node) => {
      const nameNode = childOf(node, "namespace_name");
      if (nameNode !== null) draft.setPackage(draft.textOf(nameNode));
      lowering.visit(fieldOf(node, "body"));
    },
  };
}
