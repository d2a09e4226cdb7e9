import type { ts } from "ts-morph";
import type { Expression } from "../syntax.ts";
import { startOf } from "./reading.ts";
import type { Compiler, Reading } from "./reading.ts";

/**
 * What a function returns. Where that is an object with functions of its own, the function is to it what a class is: they
 * are its methods, and the type that it is declared to return stands above.
 */
export function readReturned(reading: Reading, node: ts.Expression): Expression {
  const { into } = reading;
  const { name, returns, qualified, isExported } = into;
  if (name === null || !holdsFunctions(node, reading.compiler)) return reading.expression(node);
  const at = startOf(reading, node);
  addObjectType(reading, name, returns, into.at);
  into.returns ??= name;
  return reading.bound(node, { name: null, owner: null, qualified, isExported, at });
}

/** Adds a type for an object, named as what makes or holds it; once for each name. */
export function addObjectType(
  { types }: Pick<Reading, "types">,
  name: string,
  above: string | null,
  at: number,
): void {
  if (types.some((one) => one.name === name && one.at === at)) return;
  const isOwn = above === null || above === name;
  types.push({ name, isInterface: false, above: isOwn ? [] : [above], fields: [], methods: [], at });
}

/** Whether a value is an object literal with methods. */
export function holdsFunctions(node: ts.Expression, compiler: Compiler): boolean {
  if (
    compiler.isParenthesizedExpression(node) ||
    compiler.isAsExpression(node) ||
    compiler.isSatisfiesExpression(node)
  )
    return holdsFunctions(node.expression, compiler);
  return (
    compiler.isObjectLiteralExpression(node) &&
    node.properties.some(
      (property) =>
        compiler.isMethodDeclaration(property) ||
        (compiler.isPropertyAssignment(property) &&
          (compiler.isArrowFunction(property.initializer) ||
            compiler.isFunctionExpression(property.initializer))),
    )
  );
}
