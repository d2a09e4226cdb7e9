import type { ts } from "ts-morph";
import type { Expression } from "../syntax.ts";
import { declareExports } from "./exports.ts";
import { nameOf } from "./modifiers.ts";
import { bindingAt, isExports, pathOf } from "./paths.ts";
import { other, run, set, startOf } from "./reading.ts";
import type { Reading } from "./reading.ts";
import { once } from "./declare.ts";

/**
 * Pushes what an assignment sets. Gives what the whole is worth to the expression around it: the path that was set, or a
 * value of which nothing is known.
 */
export function assign({ left, right, operatorToken }: ts.BinaryExpression, reading: Reading): Expression {
  const { compiler } = reading;
  const { SyntaxKind: kind } = compiler;
  const at = startOf(reading, left);
  const operator = operatorToken.kind;
  if (compiler.isObjectLiteralExpression(left) || compiler.isArrayLiteralExpression(left)) {
    assignPattern(left, reading.expression(right), reading);
    return other(at);
  }
  if (operator === kind.EqualsToken && declareExports(left, right, reading)) return other(at);
  const target = pathOf(left, reading);
  if (target === null) run(reading, reading.expression(left));
  const isExported = isExport(left, reading);
  if (isExported && target !== null) reading.exported.add(target);
  const value =
    target === null
      ? reading.expression(right)
      : reading.bound(right, bindingAt(target, isExported, at, reading));
  switch (operator) {
    case kind.EqualsToken:
      // `exports.drop = drop`: it is exported, and set elsewhere.
      if (value.is === "name" && value.name === target && isExported) return value;
      set(reading, target, value, at, { isExported });
      break;
    case kind.PlusEqualsToken:
      set(reading, target, value, at, { isAppend: true, isExported });
      break;
    case kind.BarBarEqualsToken:
    case kind.QuestionQuestionEqualsToken:
    case kind.AmpersandAmpersandEqualsToken:
      set(reading, target, value, at, { isExported });
      break;
    default:
      set(reading, target, other(at, value), at, { isExported });
  }
  // Read after it was set, so it stands after.
  const after = startOf(reading, right);
  if (target === null) return other(after);
  return target.includes(".") ? reading.expression(left) : { is: "name", name: target, at: after };
}

function isExport(left: ts.Expression, reading: Reading): boolean {
  const { compiler } = reading;
  return (
    isExports(left, reading) ||
    ((compiler.isPropertyAccessExpression(left) || compiler.isElementAccessExpression(left)) &&
      isExports(left.expression, reading))
  );
}

/** `({ drop, names: [first] } = made)`. */
function assignPattern(
  pattern: ts.ObjectLiteralExpression | ts.ArrayLiteralExpression,
  value: Expression,
  reading: Reading,
): void {
  const { compiler } = reading;
  const at = startOf(reading, pattern);
  const of = once(reading, value, at);
  if (compiler.isArrayLiteralExpression(pattern)) {
    pattern.elements.forEach((element, index) => {
      if (compiler.isOmittedExpression(element)) return;
      assignPart(element, { is: "index", of, key: { is: "text", text: String(index), at }, at }, reading);
    });
    return;
  }
  for (const property of pattern.properties) {
    const { name } = property;
    const key = name === undefined ? null : nameOf(reading, name);
    const part: Expression = key === null ? other(at, of) : { is: "member", of, name: key, at };
    if (compiler.isShorthandPropertyAssignment(property)) {
      const { objectAssignmentInitializer: fallback } = property;
      const options = fallback === undefined ? [part] : [part, reading.expression(fallback)];
      set(reading, property.name.text, oneOf(options, at), startOf(reading, property));
    } else if (compiler.isPropertyAssignment(property)) {
      if (key === null) reading.statement(property.name);
      assignPart(property.initializer, part, reading);
    } else if (compiler.isSpreadAssignment(property)) assignPart(property.expression, of, reading);
    else reading.statement(property);
  }
}

function assignPart(target: ts.Expression, value: Expression, reading: Reading): void {
  const { compiler } = reading;
  const at = startOf(reading, target);
  if (compiler.isObjectLiteralExpression(target) || compiler.isArrayLiteralExpression(target))
    assignPattern(target, value, reading);
  else if (compiler.isSpreadElement(target)) assignPart(target.expression, value, reading);
  else if (
    compiler.isBinaryExpression(target) &&
    target.operatorToken.kind === compiler.SyntaxKind.EqualsToken
  )
    assignPart(target.left, oneOf([value, reading.expression(target.right)], at), reading);
  else {
    const path = pathOf(target, reading);
    if (path === null) run(reading, reading.expression(target));
    set(reading, path, value, at);
  }
}

function oneOf(options: readonly Expression[], at: number): Expression {
  const [only] = options;
  return options.length === 1 && only !== undefined ? only : { is: "choice", options, at };
}
