import type { ts } from "ts-morph";
import type { Expression } from "../syntax.ts";
import { assign } from "./assign.ts";
import { printed } from "./literals.ts";
import { isPath, on, other, run, startOf } from "./reading.ts";
import type { Case, Compiler, Reading } from "./reading.ts";

export function operatorCases(compiler: Compiler): readonly Case[] {
  const { SyntaxKind: kind } = compiler;
  const through = (node: { readonly expression: ts.Expression }, reading: Reading): Expression =>
    reading.expression(node.expression);
  return [
    on(kind.ParenthesizedExpression, compiler.isParenthesizedExpression, through),
    on(kind.AsExpression, compiler.isAsExpression, through),
    on(kind.SatisfiesExpression, compiler.isSatisfiesExpression, through),
    on(kind.NonNullExpression, compiler.isNonNullExpression, through),
    on(kind.TypeAssertionExpression, compiler.isTypeAssertionExpression, through),
    on(kind.ExpressionWithTypeArguments, compiler.isExpressionWithTypeArguments, through),
    on(kind.AwaitExpression, compiler.isAwaitExpression, through),
    on(kind.VoidExpression, compiler.isVoidExpression, through),
    on(kind.YieldExpression, compiler.isYieldExpression, (node, reading) =>
      node.expression === undefined ? null : reading.expression(node.expression),
    ),
    on(kind.ConditionalExpression, compiler.isConditionalExpression, (node, reading) => {
      run(reading, reading.expression(node.condition));
      const options = [reading.expression(node.whenTrue), reading.expression(node.whenFalse)];
      return { is: "choice", options, at: startOf(reading, node) };
    }),
    on(kind.BinaryExpression, compiler.isBinaryExpression, lowerBinary(compiler)),
  ];
}

function lowerBinary({
  SyntaxKind: kind,
  isBinaryExpression,
}: Compiler): (node: ts.BinaryExpression, reading: Reading) => Expression {
  const choices = new Set([kind.BarBarToken, kind.AmpersandAmpersandToken, kind.QuestionQuestionToken]);
  const comparisons = new Set([
    kind.EqualsEqualsToken,
    kind.EqualsEqualsEqualsToken,
    kind.ExclamationEqualsToken,
    kind.ExclamationEqualsEqualsToken,
    kind.LessThanToken,
    kind.LessThanEqualsToken,
    kind.GreaterThanToken,
    kind.GreaterThanEqualsToken,
    kind.InKeyword,
    kind.InstanceOfKeyword,
  ]);
  /** `a + b + c` leans to the left, thousands deep in generated code. */
  const operandsOf = (node: ts.BinaryExpression): readonly ts.Expression[] => {
    const operator = node.operatorToken.kind;
    const operands = [node.right];
    let left = node.left;
    while (isBinaryExpression(left) && left.operatorToken.kind === operator) {
      operands.push(left.right);
      left = left.left;
    }
    operands.push(left);
    return operands.reverse();
  };
  return (node, reading) => {
    const at = startOf(reading, node);
    const operator = node.operatorToken.kind;
    if (operator === kind.PlusToken)
      return { is: "join", parts: operandsOf(node).map((part) => printed(part, reading)), at };
    if (choices.has(operator))
      return { is: "choice", options: operandsOf(node).map((option) => reading.expression(option)), at };
    if (comparisons.has(operator))
      return { is: "compare", sides: [reading.expression(node.left), reading.expression(node.right)], at };
    if (operator >= kind.FirstAssignment && operator <= kind.LastAssignment) {
      const value = assign(node, reading);
      return isPath(value) ? value : other(at);
    }
    if (operator === kind.CommaToken) {
      const values = operandsOf(node).map((value) => reading.expression(value));
      const last = values.pop() ?? other(at);
      for (const value of values) run(reading, value);
      return last;
    }
    return other(at, reading.expression(node.left), reading.expression(node.right));
  };
}
