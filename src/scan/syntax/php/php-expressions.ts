import { lowerOnly } from "../errors/lower-only.ts";
import { lowerOperators, type OperatorMeaning } from "../operators/lower-operators.ts";
import type { Entry, Expression } from "../syntax.ts";
import { dottedPath } from "../dotted-path.ts";
import { choice, compare, isNothing, name, nothing, other } from "../tree-sitter/expressions.ts";
import type { Rules } from "../tree-sitter/lower-nodes.ts";
import { childOf, fieldOf, type SyntaxNode } from "../tree-sitter/read-nodes.ts";
import { lowerMember, readItem } from "./php-calls.ts";
import { nameExpression, variableName, type PhpFile } from "./php-file.ts";
import { defineClosure } from "./php-functions.ts";
import { emitTargets } from "./php-targets.ts";

const comparisons = new Set(["==", "===", "!=", "!==", "<>", "<", ">", "<=", ">=", "<=>", "instanceof"]);
const appending = new Set([".=", "+="]);
const setting = new Set([".=", "+=", "??="]);

export function phpExpressions(file: PhpFile): Rules {
  const { draft, lowering } = file;
  const lowerInside = (node: SyntaxNode) => lowerOnly(lowering, node);

  function assign(node: SyntaxNode): void {
    const left = fieldOf(node, "left");
    const right = fieldOf(node, "right");
    const operator = fieldOf(node, "operator")?.type ?? "=";
    const isClosure = right?.type === "anonymous_function" || right?.type === "arrow_function";
    const bound = isClosure && left?.type === "variable_name" ? variableName(file, left) : null;
    const value = isClosure ? defineClosure(file, right, bound) : lowering.lower(right);
    const isValue = operator === "=" || setting.has(operator);
    emitTargets(file, left, isValue ? value : other(node.start, [value]), appending.has(operator));
  }

  /** The value of an assignment is that of its name. */
  function lowerAssignment(node: SyntaxNode): Expression {
    lowering.visit(node);
    const left = fieldOf(node, "left");
    if (left === null || left.type !== "variable_name") {
      const isPath =
        left?.type === "member_access_expression" || left?.type === "scoped_property_access_expression";
      const value = isPath ? lowering.lower(left) : nothing(node.start);
      return dottedPath(value) === null ? nothing(node.start) : value;
    }
    return lowering.lower(left);
  }

  function lowerConditional(node: SyntaxNode): Expression {
    const condition = lowering.lower(fieldOf(node, "condition"));
    const body = fieldOf(node, "body");
    if (body !== null) emitUnlessPlain(condition);
    const first = body === null ? condition : lowering.lower(body);
    return choice(node.start, [first, lowering.lower(fieldOf(node, "alternative"))]);
  }

  function lowerMatch(node: SyntaxNode): Expression {
    const arms = fieldOf(node, "body")?.children ?? [];
    const values = arms.flatMap((arm) =>
      lowering.lowerAll(fieldOf(arm, "conditional_expressions")?.children ?? []),
    );
    const subject = lowering.lower(fieldOf(node, "condition"));
    draft.emit({ do: "run", value: compare(node.start, [subject, ...values]) });
    return choice(
      node.start,
      arms.map((arm) => lowering.lower(fieldOf(arm, "return_expression"))),
    );
  }

  function lowerArray(node: SyntaxNode): Expression {
    const items = node.children.map((child) =>
      child.type === "array_element_initializer" ? child.children : [child],
    );
    if (!items.some((item) => item.length > 1)) {
      return { is: "list", items: items.flat().flatMap((item) => readItem(file, item)), at: node.start };
    }
    return { is: "map", entries: items.flatMap(readEntry), type: null, at: node.start };
  }

  /** A computed key is an entry of its own: what is in it is kept. */
  function readEntry(item: readonly SyntaxNode[]): readonly Entry[] {
    const [first, second, ...rest] = item;
    if (first === undefined) return [];
    if (second === undefined) {
      return readItem(file, first).map((value) => ({ key: null, value, at: value.at }));
    }
    const key = lowering.lower(first);
    const value =
      rest.length === 0 ? lowering.lower(second) : other(second.start, lowering.lowerAll([second, ...rest]));
    if (key.is === "text") return [{ key: key.text, value, at: first.start }];
    const entry = { key: null, value, at: first.start };
    return isNothing(key) ? [entry] : [{ key: null, value: key, at: first.start }, entry];
  }

  function lowerConstant(node: SyntaxNode): Expression {
    const [scope, member] = node.children;
    const of = lowering.lower(scope ?? null);
    return member === undefined ? of : { is: "member", of, name: draft.textOf(member), at: member.start };
  }

  function emitUnlessPlain(value: Expression): void {
    if (value.is !== "name" && !isNothing(value)) draft.emit({ do: "run", value });
  }

  const plainNameOf = (node: SyntaxNode) => nameExpression(file, node);
  const memberOf = (node: SyntaxNode) => lowerMember(file, node);
  return {
    expressions: {
      name: plainNameOf,
      qualified_name: plainNameOf,
      relative_name: plainNameOf,
      relative_scope: plainNameOf,
      variable_name: (node) => name(node.start, variableName(file, node)),
      // `${name}` in a string is `$name`; `$$name` is whatever it names.
      dynamic_variable_name: (node) =>
        childOf(node, "name") === null
          ? other(node.start, lowering.lowerAll(node.children))
          : lowerInside(node),
      member_access_expression: memberOf,
      nullsafe_member_access_expression: memberOf,
      scoped_property_access_expression: memberOf,
      class_constant_access_expression: lowerConstant,
      subscript_expression: (node) => {
        const [of, key] = node.children;
        return {
          is: "index",
          of: lowering.lower(of ?? null),
          key: lowering.lower(key ?? null),
          at: node.start,
        };
      },
      binary_expression: (node) => lowerOperators(node, operatorMeaning, (side) => lowering.lower(side)),
      assignment_expression: lowerAssignment,
      augmented_assignment_expression: lowerAssignment,
      reference_assignment_expression: lowerAssignment,
      conditional_expression: lowerConditional,
      match_expression: lowerMatch,
      array_creation_expression: lowerArray,
      list_literal: lowerArray,
      anonymous_function: (node) => defineClosure(file, node, null),
      arrow_function: (node) => defineClosure(file, node, null),
      parenthesized_expression: lowerInside,
      error_suppression_expression: lowerInside,
      clone_expression: lowerInside,
      by_ref: lowerInside,
      cast_expression: (node) => lowering.lower(fieldOf(node, "value")),
      // As a value it never comes back.
      throw_expression: (node) => {
        draft.emit({ do: "throw", value: lowerInside(node) });
        return nothing(node.start);
      },
    },
    statements: {
      assignment_expression: assign,
      augmented_assignment_expression: assign,
      reference_assignment_expression: assign,
    },
  };
}

function operatorMeaning(operator: string): OperatorMeaning {
  if (operator === ".") return "join";
  if (operator === "??") return "choice";
  return comparisons.has(operator) ? "compare" : "other";
}
