import type { Expression } from "../syntax.ts";
import { lowerOnly } from "../errors/lower-only.ts";
import { setName } from "../scope/set-name.ts";
import { dottedPath } from "../dotted-path.ts";
import { compare, nothing } from "../tree-sitter/expressions.ts";
import type { Rules } from "../tree-sitter/lower-nodes.ts";
import { childOf, fieldOf, fieldsOf, type SyntaxNode } from "../tree-sitter/read-nodes.ts";
import { bareType, type JavaFile } from "./java-file.ts";
import { defineLambda } from "./java-lambdas.ts";
import { emitAnnotations, readModifiers } from "./java-modifiers.ts";

const primitives = new Set(["boolean_type", "integral_type", "floating_point_type"]);

export function javaStatements(file: JavaFile): Rules["statements"] {
  const { draft, lowering } = file;
  const visitAll = (node: SyntaxNode) => lowering.visitAll(node.children);

  function declareLocals(node: SyntaxNode): void {
    const modifiers = readModifiers(file, node);
    emitAnnotations(file, modifiers.annotations);
    const typeNode = fieldOf(node, "type");
    const type = bareType(file, typeNode);
    for (const declarator of fieldsOf(node, "declarator")) {
      const value = fieldOf(declarator, "value");
      // A text that is set later must not seem to be set twice; of other things the type tells something.
      if (value === null && (type === "String" || primitives.has(typeNode?.type ?? ""))) continue;
      bind(declarator, value, type, modifiers.words.has("final"));
    }
  }

  function bind(node: SyntaxNode, value: SyntaxNode | null, type: string | null, isConstant: boolean): void {
    const nameNode = fieldOf(node, "name");
    if (nameNode === null) return lowering.visit(value);
    const target = draft.textOf(nameNode);
    const set =
      value?.type === "lambda_expression" ? defineLambda(file, value, target) : lowering.lower(value);
    draft.emit(setName(nameNode.start, target, set, { isConstant, type }));
  }

  function declareLoop(node: SyntaxNode): void {
    const nameNode = fieldOf(node, "name");
    const of = lowering.lower(fieldOf(node, "value"));
    if (nameNode !== null) {
      const value: Expression = { is: "index", of, key: nothing(of.at), at: of.at };
      const type = bareType(file, fieldOf(node, "type"));
      draft.emit(setName(nameNode.start, draft.textOf(nameNode), value, { type }));
    }
    lowering.visit(fieldOf(node, "body"));
  }

  function assign(node: SyntaxNode): void {
    const left = lowering.lower(fieldOf(node, "left"));
    const target = dottedPath(left);
    const right = fieldOf(node, "right");
    const isLambda = right?.type === "lambda_expression" && left.is === "name";
    const value = isLambda ? defineLambda(file, right, left.name) : lowering.lower(right);
    const operator = fieldOf(node, "operator")?.type;
    if (target === null) draft.emit({ do: "run", value: left });
    draft.emit(setName(left.at, target, value, { isAppend: operator === "+=" }));
  }

  /** Old or new: what it compares with, then what it does. */
  function visitSwitch(node: SyntaxNode): void {
    draft.emit({ do: "run", value: lowerLabels(file, node) });
    for (const group of fieldOf(node, "body")?.children ?? []) {
      lowering.visitAll(group.children.filter((child) => child.type !== "switch_label"));
    }
  }

  function giveBack(node: SyntaxNode): void {
    if (node.children.length === 0) return;
    draft.emit({ do: "return", value: lowerOnly(lowering, node) });
  }

  return {
    block: visitAll,
    constructor_body: visitAll,
    expression_statement: visitAll,
    if_statement: visitAll,
    while_statement: visitAll,
    do_statement: visitAll,
    for_statement: visitAll,
    synchronized_statement: visitAll,
    try_statement: visitAll,
    try_with_resources_statement: visitAll,
    resource_specification: visitAll,
    catch_clause: (node) => lowering.visit(fieldOf(node, "body")),
    finally_clause: visitAll,
    labeled_statement: (node) => lowering.visitAll(node.children.slice(1)),
    break_statement: () => undefined,
    continue_statement: () => undefined,
    local_variable_declaration: declareLocals,
    resource: (node) => {
      const value = fieldOf(node, "value");
      if (value === null) visitAll(node);
      else bind(node, value, bareType(file, fieldOf(node, "type")), true);
    },
    enhanced_for_statement: declareLoop,
    assignment_expression: assign,
    switch_expression: visitSwitch,
    return_statement: giveBack,
    throw_statement: (node) => {
      draft.emit({ do: "throw", value: lowerOnly(lowering, node) });
    },
    yield_statement: (node) => {
      const value = lowerOnly(lowering, node);
      const given = file.yields.at(-1);
      if (given === undefined) draft.emit({ do: "run", value });
      else given.push(value);
    },
  };
}

/** What a switch compares: its subject with the values and guards of every label. */
export function lowerLabels(file: JavaFile, node: SyntaxNode): Expression {
  const { lowering } = file;
  const labels = (fieldOf(node, "body")?.children ?? []).flatMap((group) =>
    group.children.filter((child) => child.type === "switch_label"),
  );
  const values = labels.flatMap((label) =>
    label.children.map((value) =>
      value.type === "pattern" ? lowering.lower(childOf(value, "guard")) : lowering.lower(value),
    ),
  );
  return compare(node.start, [lowering.lower(fieldOf(node, "condition")), ...values]);
}
