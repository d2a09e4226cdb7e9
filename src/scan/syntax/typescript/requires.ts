import type { ts } from "ts-morph";
import type { Reading } from "./reading.ts";
import { run } from "./reading.ts";
import { nameOf } from "./modifiers.ts";

/**
 * The module that `require("…")`, `await import("…")` or TypeScript's `__importStar(require("…"))` gives as a whole; null
 * for anything else.
 */
export function requiredModule(node: ts.Node, reading: Reading): string | null {
  const { compiler } = reading;
  if (
    compiler.isAwaitExpression(node) ||
    compiler.isParenthesizedExpression(node) ||
    compiler.isAsExpression(node)
  )
    return requiredModule(node.expression, reading);
  if (!compiler.isCallExpression(node)) return null;
  const { expression: callee, arguments: args } = node;
  const [first] = args;
  if (first === undefined) return null;
  if (compiler.isIdentifier(callee) && /^_*import(?:Star|Default)$/.test(callee.text))
    return requiredModule(first, reading);
  const requires =
    callee.kind === compiler.SyntaxKind.ImportKeyword ||
    (compiler.isIdentifier(callee) && callee.text === "require");
  return requires && compiler.isStringLiteralLike(first) ? first.text : null;
}

/** Whether a declaration does no more than to import: then its names are imports, and the call is all that runs. */
export function importRequired(reading: Reading, name: ts.BindingName, value: ts.Expression): boolean {
  const { compiler } = reading;
  const isMember = compiler.isPropertyAccessExpression(value);
  const module = requiredModule(isMember ? value.expression : value, reading);
  if (module === null) return false;
  if (compiler.isIdentifier(name))
    reading.imports.push({ local: name.text, module, exported: isMember ? value.name.text : "*" });
  else if (isMember || !importNames(reading, name, module)) return false;
  run(reading, reading.expression(isMember ? value.expression : value));
  return true;
}

/** `{ drop, create: make }` of a module; gives false, and imports nothing, where the pattern asks for more than names. */
function importNames(reading: Reading, pattern: ts.BindingName, module: string): boolean {
  const { compiler } = reading;
  if (!compiler.isObjectBindingPattern(pattern)) return false;
  const imported: [string, string][] = [];
  for (const { name, propertyName, initializer, dotDotDotToken } of pattern.elements) {
    if (!compiler.isIdentifier(name) || initializer !== undefined || dotDotDotToken !== undefined)
      return false;
    const exported = propertyName === undefined ? name.text : nameOf(reading, propertyName);
    if (exported === null) return false;
    imported.push([name.text, exported]);
  }
  for (const [local, exported] of imported) reading.imports.push({ local, module, exported });
  return true;
}

/** `import("./names").then(({ drop }) => …)`: the names of the first parameter are imports. */
export function importThen(
  reading: Reading,
  { expression: callee, arguments: args }: ts.CallExpression,
): void {
  const { compiler } = reading;
  if (!compiler.isPropertyAccessExpression(callee) || callee.name.text !== "then") return;
  const module = requiredModule(callee.expression, reading);
  const [then] = args;
  if (module === null || then === undefined) return;
  if (!compiler.isArrowFunction(then) && !compiler.isFunctionExpression(then)) return;
  const name = then.parameters[0]?.name;
  if (name === undefined) return;
  if (compiler.isIdentifier(name)) reading.imports.push({ local: name.text, module, exported: "*" });
  else importNames(reading, name, module);
}
