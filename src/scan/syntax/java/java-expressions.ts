import { lowerOnly } from "../errors/lower-only.ts";
import { lowerOperators, type OperatorMeaning } from "../operators/lower-operators.ts";
import { setName } from "../scope/set-name.ts";
import type { Expression } from "../syntax.ts";
import { dottedPath } from "../dotted-path.ts";
import { choice, compare, isNothing, join, name, nothing, other, text } from "../tree-sitter/expressions.ts";
import type { Rules } from "../tree-sitter/lower-nodes.ts";
import { childOf, fieldOf, type SyntaxNode } from "../tree-sitter/read-nodes.ts";
import { bareType, type JavaFile } from "./java-file.ts";
import { defineLambda } from "./java-lambdas.ts";
import { lowerAnnotation } from "./java-modifiers.ts";
import { lowerLabels } from "./java-statements.ts";
import { readMembers } from "./java-types.ts";
import { pathExpression } from "./lower-path.ts";
import { readJavaString, unescapeJava } from "./read-java-string.ts";

const comparisons = new Set(["==", "!=", "<", ">", "<=", ">="]);

export function javaExpressions(file: JavaFile): Rules["expressions"] {
  const { draft, lowering } = file;
  const lowerInside = (node: SyntaxNode) => lowerOnly(lowering, node);
  const nameOf = (node: SyntaxNode) => name(node.start, draft.textOf(node));
  const lowerList = (node: SyntaxNode): Expression => ({
    is: "list",
    items: lowering.lowerAll(node.children),
    at: node.start,
  });
  const leave = (node: SyntaxNode) => nothing(node.start);
  const lowerArguments = (node: SyntaxNode) => lowering.lowerAll(fieldOf(node, "arguments")?.children ?? []);

  function lowerString(node: SyntaxNode): Expression {
    if (childOf(node, "string_interpolation") === null)
      return text(node.start, readJavaString(draft.textOf(node)));
    const parts = node.children.map((part) =>
      part.type === "string_interpolation"
        ? lowerInside(part)
        : text(part.start, unescapeJava(draft.textOf(part))),
    );
    return join(node.start, parts);
  }

  function lowerInvocation(node: SyntaxNode): Expression {
    const nameNode = fieldOf(node, "name");
    if (nameNode === null) return other(node.start, lowering.lowerAll(node.children));
    const object = fieldOf(node, "object") ?? childOf(node, "super");
    const called = draft.textOf(nameNode);
    const callee: Expression =
      object === null
        ? name(nameNode.start, called)
        : { is: "member", of: lowering.lower(object), name: called, at: nameNode.start };
    return {
      is: "call",
      how: "call",
      callee,
      args: lowerArguments(node),
      named: [],
      at: nameNode.start,
      end: node.end,
    };
  }

  function lowerCreation(node: SyntaxNode): Expression {
    const type = fieldOf(node, "type");
    if (type === null) return other(node.start, lowering.lowerAll(node.children));
    const created = pathExpression(draft, type);
    const [outer] = node.children;
    const isInner =
      outer !== undefined &&
      outer.field === null &&
      created.is === "name" &&
      outer.end < type.start &&
      outer.type !== "annotation";
    const callee: Expression = isInner
      ? { is: "member", of: lowering.lower(outer), name: created.name, at: created.at }
      : created;
    const body = childOf(node, "class_body");
    const owner = bareType(file, type);
    const members = body === null ? [] : readMembers(file, body, owner, file.scope.path);
    const args = [...lowerArguments(node), ...members];
    return { is: "call", how: "new", callee, args, named: [], at: callee.at, end: node.end };
  }

  function lowerArrayCreation(node: SyntaxNode): Expression {
    const value = fieldOf(node, "value");
    if (value !== null) return lowering.lower(value);
    return other(
      node.start,
      lowering.lowerAll(node.children.filter((child) => child.type === "dimensions_expr")),
    );
  }

  function lowerChoice(node: SyntaxNode): Expression {
    emitUnlessPlain(lowering.lower(fieldOf(node, "condition")));
    return choice(node.start, [
      lowering.lower(fieldOf(node, "consequence")),
      lowering.lower(fieldOf(node, "alternative")),
    ]);
  }

  function lowerSwitch(node: SyntaxNode): Expression {
    draft.emit({ do: "run", value: lowerLabels(file, node) });
    const options: Expression[] = [];
    file.yields.push(options);
    for (const group of fieldOf(node, "body")?.children ?? []) {
      for (const child of group.children) {
        if (child.type === "switch_label") continue;
        if (group.type === "switch_rule" && child.type === "expression_statement")
          options.push(lowerInside(child));
        else lowering.visit(child);
      }
    }
    file.yields.pop();
    return choice(node.start, options);
  }

  function lowerAssignment(node: SyntaxNode): Expression {
    lowering.visit(node);
    const left = fieldOf(node, "left");
    const value = left === null || left.type === "array_access" ? nothing(node.start) : lowering.lower(left);
    return value;
  }

  function lowerInstanceof(node: SyntaxNode): Expression {
    const left = lowering.lower(fieldOf(node, "left"));
    const bound = fieldOf(node, "name");
    if (bound !== null && dottedPath(left) !== null) {
      const type = bareType(file, fieldOf(node, "right"));
      draft.emit(setName(bound.start, draft.textOf(bound), left, { type }));
    }
    return compare(node.start, [left]);
  }

  function emitUnlessPlain(value: Expression): void {
    if (value.is !== "name" && !isNothing(value)) draft.emit({ do: "run", value });
  }

  return {
    string_literal: lowerString,
    character_literal: (node) => text(node.start, readJavaString(draft.textOf(node))),
    template_expression: (node) => {
      const callee = lowering.lower(fieldOf(node, "template_processor"));
      const args = [lowering.lower(fieldOf(node, "template_argument"))];
      return { is: "call", how: "tag", callee, args, named: [], at: callee.at, end: node.end };
    },
    identifier: nameOf,
    this: nameOf,
    super: nameOf,
    scoped_identifier: (node) => pathExpression(draft, node),
    type_identifier: leave,
    generic_type: leave,
    scoped_type_identifier: leave,
    type_arguments: leave,
    type_parameters: leave,
    class_literal: leave,
    binary_expression: (node) => lowerOperators(node, operatorMeaning, (side) => lowering.lower(side)),
    parenthesized_expression: lowerInside,
    cast_expression: (node) => lowering.lower(fieldOf(node, "value")),
    ternary_expression: lowerChoice,
    switch_expression: lowerSwitch,
    assignment_expression: lowerAssignment,
    instanceof_expression: lowerInstanceof,
    method_invocation: lowerInvocation,
    object_creation_expression: lowerCreation,
    explicit_constructor_invocation: (node) => {
      const called = fieldOf(node, "constructor");
      const callee = called === null ? nothing(node.start) : nameOf(called);
      return {
        is: "call",
        how: "call",
        callee,
        args: lowerArguments(node),
        named: [],
        at: callee.at,
        end: node.end,
      };
    },
    assert_statement: (node) => ({
      is: "call",
      how: "call",
      callee: name(node.start, "assert"),
      args: lowering.lowerAll(node.children),
      named: [],
      at: node.start,
      end: node.end,
    }),
    array_creation_expression: lowerArrayCreation,
    array_initializer: lowerList,
    element_value_array_initializer: lowerList,
    annotation: (node) => lowerAnnotation(file, node),
    marker_annotation: leave,
    field_access: (node) => {
      const field = fieldOf(node, "field");
      const of = lowering.lower(fieldOf(node, "object"));
      return field === null ? of : { is: "member", of, name: draft.textOf(field), at: field.start };
    },
    array_access: (node) => ({
      is: "index",
      of: lowering.lower(fieldOf(node, "array")),
      key: lowering.lower(fieldOf(node, "index")),
      at: node.start,
    }),
    lambda_expression: (node) => defineLambda(file, node, null),
    method_reference: (node) => {
      const [of, member] = node.children.filter((child) => child.type !== "type_arguments");
      const last = node.children.at(-1);
      const isMethod = last !== undefined && last !== of && last.type === "identifier";
      const named = isMethod ? last : member;
      return {
        is: "member",
        of:
          of === undefined || of.type.includes("type")
            ? pathExpression(draft, of ?? node)
            : lowering.lower(of),
        name: named === undefined ? "new" : draft.textOf(named),
        at: named?.start ?? node.start,
      };
    },
  };
}

function operatorMeaning(operator: string): OperatorMeaning {
  if (operator === "+") return "join";
  return comparisons.has(operator) ? "compare" : "other";
}
