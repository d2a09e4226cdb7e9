import { lowerOnly } from "../errors/lower-only.ts";
import { lowerOperators, type OperatorMeaning } from "../operators/lower-operators.ts";
import { setName } from "../scope/set-name.ts";
import type { Expression } from "../syntax.ts";
import { dottedPath } from "../dotted-path.ts";
import { choice, compare, isNothing, name, nothing, other } from "../tree-sitter/expressions.ts";
import type { Rules } from "../tree-sitter/lower-nodes.ts";
import { fieldOf, type SyntaxNode } from "../tree-sitter/read-nodes.ts";
import { readArguments } from "./csharp-calls.ts";
import { bareType, pathExpression, simpleName, type CsharpFile } from "./csharp-file.ts";
import { defineLambda } from "./csharp-functions.ts";
import { sidesOf } from "./csharp-patterns.ts";

const comparisons = new Set(["==", "!=", "<", ">", "<=", ">="]);

export function csharpExpressions(file: CsharpFile): Rules {
  const { draft, lowering } = file;
  const lowerInside = (node: SyntaxNode) => lowerOnly(lowering, node);
  const nameOf = (node: SyntaxNode) => name(node.start, simpleName(file, node));
  const leave = (node: SyntaxNode) => nothing(node.start);

  function assign(node: SyntaxNode): void {
    const left = fieldOf(node, "left");
    const right = fieldOf(node, "right");
    const operator = fieldOf(node, "operator")?.type;
    const isLambda = right?.type === "lambda_expression" || right?.type === "anonymous_method_expression";
    const bound = left?.type === "identifier" && operator === "=" ? draft.textOf(left) : null;
    const value = isLambda ? defineLambda(file, right, bound) : lowering.lower(right);
    if (left?.type === "tuple_expression") return assignEach(left, value);
    emitSet(lowering.lower(left), value, operator === "+=");
  }

  function emitSet(left: Expression, value: Expression, isAppend: boolean): void {
    const target = dottedPath(left);
    if (target === null) draft.emit({ do: "run", value: left });
    draft.emit(setName(left.at, target, value, { isAppend }));
  }

  /** `(a, b) = ("x", "y")` */
  function assignEach(left: SyntaxNode, value: Expression): void {
    left.children.forEach((part, index) => {
      const last = part.children.at(-1) ?? part;
      const nameNode = last.type === "declaration_expression" ? fieldOf(last, "name") : last;
      // Once only: what a call gives is not called for again by every name.
      const of = index === 0 ? value : nothing(value.at);
      const apart = value.is === "list" ? value.items[index] : undefined;
      const item = apart ?? { is: "index", of, key: nothing(value.at), at: value.at };
      emitSet(lowering.lower(nameNode), item, false);
    });
  }

  /** The value of an assignment is that of its name. */
  function lowerAssignment(node: SyntaxNode): Expression {
    lowering.visit(node);
    const left = fieldOf(node, "left");
    const isPath = left?.type === "identifier" || left?.type === "member_access_expression";
    const value = isPath ? lowering.lower(left) : nothing(node.start);
    return dottedPath(value) === null ? nothing(node.start) : value;
  }

  function lowerMember(node: SyntaxNode): Expression {
    const of = lowering.lower(fieldOf(node, "expression"));
    const member = fieldOf(node, "name");
    return member === null ? of : { is: "member", of, name: simpleName(file, member), at: member.start };
  }

  /** `of?.name` and `of?[key]` */
  function lowerConditionalAccess(node: SyntaxNode): Expression {
    const of = lowering.lower(fieldOf(node, "condition"));
    const binding = node.children.at(-1);
    if (binding?.type === "member_binding_expression") {
      const member = fieldOf(binding, "name");
      if (member !== null) return { is: "member", of, name: simpleName(file, member), at: member.start };
    }
    if (binding?.type === "element_binding_expression") return lowerIndex(of, binding, node.start);
    return other(node.start, [
      of,
      ...lowering.lowerAll(node.children.filter((child) => child.field !== "condition")),
    ]);
  }

  function lowerIndex(of: Expression, keys: SyntaxNode | null, at: number): Expression {
    const { args, named } = readArguments(file, keys);
    const all = [...args, ...named.map((entry) => entry.value)];
    const [first, ...rest] = all;
    const key = first === undefined ? nothing(at) : rest.length === 0 ? first : other(first.at, all);
    return { is: "index", of, key, at };
  }

  function lowerChoice(node: SyntaxNode): Expression {
    emitUnlessPlain(lowering.lower(fieldOf(node, "condition")));
    return choice(node.start, [
      lowering.lower(fieldOf(node, "consequence")),
      lowering.lower(fieldOf(node, "alternative")),
    ]);
  }

  function lowerSwitch(node: SyntaxNode): Expression {
    const arms = node.children.filter((child) => child.type === "switch_expression_arm");
    const subjects = node.children.filter((child) => child.type !== "switch_expression_arm");
    const sides = arms.flatMap((arm) => arm.children.slice(0, -1).flatMap((label) => sidesOf(file, label)));
    draft.emit({ do: "run", value: compare(node.start, [...lowering.lowerAll(subjects), ...sides]) });
    return choice(
      node.start,
      arms.map((arm) => lowering.lower(arm.children.at(-1) ?? null)),
    );
  }

  function lowerIs(node: SyntaxNode): Expression {
    const value = lowering.lower(fieldOf(node, "expression") ?? fieldOf(node, "left"));
    const pattern = fieldOf(node, "pattern");
    const bound = pattern === null ? null : fieldOf(pattern, "name");
    if (pattern !== null && bound !== null && dottedPath(value) !== null) {
      const type = bareType(file, fieldOf(pattern, "type"));
      draft.emit(setName(bound.start, draft.textOf(bound), value, { type }));
    }
    const sides = pattern === null ? [] : sidesOf(file, pattern);
    return compare(node.start, [value, ...sides]);
  }

  function lowerFrom(node: SyntaxNode): Expression {
    const nameNode = fieldOf(node, "name");
    const of = lowering.lower(node.children.at(-1) ?? null);
    if (nameNode === null) return of;
    const value: Expression = { is: "index", of, key: nothing(of.at), at: of.at };
    draft.emit(setName(nameNode.start, draft.textOf(nameNode), value));
    return nothing(node.start);
  }

  function emitUnlessPlain(value: Expression): void {
    if (value.is !== "name" && !isNothing(value)) draft.emit({ do: "run", value });
  }

  const lambda = (node: SyntaxNode) => defineLambda(file, node, null);
  return {
    expressions: {
      identifier: nameOf,
      generic_name: nameOf,
      predefined_type: nameOf,
      qualified_name: (node) => pathExpression(file, node),
      alias_qualified_name: (node) => pathExpression(file, node),
      member_access_expression: lowerMember,
      member_binding_expression: (node) => nameOf(fieldOf(node, "name") ?? node),
      conditional_access_expression: lowerConditionalAccess,
      element_access_expression: (node) =>
        lowerIndex(lowering.lower(fieldOf(node, "expression")), fieldOf(node, "subscript"), node.start),
      binary_expression: (node) => lowerOperators(node, operatorMeaning, (side) => lowering.lower(side)),
      assignment_expression: lowerAssignment,
      conditional_expression: lowerChoice,
      switch_expression: lowerSwitch,
      is_pattern_expression: lowerIs,
      is_expression: lowerIs,
      as_expression: (node) => lowering.lower(fieldOf(node, "left")),
      cast_expression: (node) => lowering.lower(fieldOf(node, "value")),
      parenthesized_expression: lowerInside,
      await_expression: lowerInside,
      checked_expression: lowerInside,
      ref_expression: lowerInside,
      // `x!` is `x`; `x++` is something else.
      postfix_unary_expression: (node) =>
        draft.source[node.end - 1] === "!"
          ? lowerInside(node)
          : other(node.start, lowering.lowerAll(node.children)),
      throw_expression: (node) => {
        draft.emit({ do: "throw", value: lowerInside(node) });
        return nothing(node.start);
      },
      tuple_expression: (node) => {
        const { args, named } = readArguments(file, node);
        return { is: "list", items: [...args, ...named.map((entry) => entry.value)], at: node.start };
      },
      lambda_expression: lambda,
      anonymous_method_expression: lambda,
      from_clause: lowerFrom,
      declaration_expression: leave,
      typeof_expression: leave,
      default_expression: leave,
      sizeof_expression: leave,
      type_argument_list: leave,
      type_parameter_list: leave,
      attribute_list: leave,
      modifier: leave,
    },
    statements: { assignment_expression: assign },
  };
}

function operatorMeaning(operator: string): OperatorMeaning {
  if (operator === "+") return "join";
  if (operator === "??") return "choice";
  return comparisons.has(operator) ? "compare" : "other";
}
