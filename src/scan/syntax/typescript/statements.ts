import type { ts } from "ts-morph";
import type { Expression } from "../syntax.ts";
import { on, other, run, startOf } from "./reading.ts";
import type { Case, Compiler, Reading } from "./reading.ts";
import { assign } from "./assign.ts";
import { readReturned } from "./object-types.ts";
import { declareEach } from "./variables.ts";

/** Statements whose parts do not simply run one after another: those are left to the table's default. */
export function statementCases(compiler: Compiler): readonly Case[] {
  const { SyntaxKind: kind } = compiler;
  return [
    on(kind.ExpressionStatement, compiler.isExpressionStatement, ({ expression }, reading) => {
      runExpression(expression, reading);
      return null;
    }),
    on(kind.ReturnStatement, compiler.isReturnStatement, ({ expression }, reading) => {
      if (expression !== undefined)
        reading.into.body.push({ do: "return", value: readReturned(reading, expression) });
      return null;
    }),
    on(kind.ThrowStatement, compiler.isThrowStatement, ({ expression }, reading) => {
      reading.into.body.push({ do: "throw", value: reading.expression(expression) });
      return null;
    }),
    on(kind.ForOfStatement, compiler.isForOfStatement, (node, reading) => {
      const at = startOf(reading, node.initializer);
      readLoop(node, { is: "index", of: reading.expression(node.expression), key: other(at), at }, reading);
      return null;
    }),
    on(kind.ForInStatement, compiler.isForInStatement, (node, reading) => {
      readLoop(node, other(startOf(reading, node.initializer), reading.expression(node.expression)), reading);
      return null;
    }),
    on(kind.SwitchStatement, compiler.isSwitchStatement, (node, reading) => {
      const sides = [reading.expression(node.expression)];
      for (const clause of node.caseBlock.clauses)
        if (compiler.isCaseClause(clause)) sides.push(reading.expression(clause.expression));
      run(reading, { is: "compare", sides, at: startOf(reading, node.expression) });
      for (const clause of node.caseBlock.clauses)
        for (const statement of clause.statements) reading.statement(statement);
      return null;
    }),
    on(kind.CatchClause, compiler.isCatchClause, (node, reading) => {
      reading.statement(node.block);
      return null;
    }),
    on(kind.LabeledStatement, compiler.isLabeledStatement, (node, reading) => {
      reading.statement(node.statement);
      return null;
    }),
    { kind: kind.BreakStatement, lower: () => null },
    { kind: kind.ContinueStatement, lower: () => null },
  ];

  function runExpression(node: ts.Expression, reading: Reading): void {
    if (compiler.isParenthesizedExpression(node)) runExpression(node.expression, reading);
    else if (compiler.isYieldExpression(node) && node.expression !== undefined)
      // What a generator gives out, its caller gets.
      reading.into.body.push({ do: "return", value: reading.expression(node.expression) });
    else if (isAssignment(node)) assign(node, reading);
    else run(reading, reading.expression(node));
  }

  function isAssignment(node: ts.Expression): node is ts.BinaryExpression {
    if (!compiler.isBinaryExpression(node)) return false;
    const operator = node.operatorToken.kind;
    return operator >= kind.FirstAssignment && operator <= kind.LastAssignment;
  }

  function readLoop(
    { initializer, statement }: ts.ForInOrOfStatement,
    each: Expression,
    reading: Reading,
  ): void {
    if (compiler.isVariableDeclarationList(initializer)) declareEach(reading, initializer, each);
    else {
      run(reading, reading.expression(initializer));
      run(reading, each);
    }
    reading.statement(statement);
  }
}
