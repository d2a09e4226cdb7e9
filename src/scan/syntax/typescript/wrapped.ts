import type { ts } from "ts-morph";
import { iterating } from "./each-element.ts";
import type { Compiler } from "./reading.ts";

/** What `Object.freeze(…)` or `Object.seal(…)` is given, and gives back; null for any other call. */
export function frozenObject(node: ts.Node, compiler: Compiler): ts.Expression | null {
  if (!compiler.isCallExpression(node)) return null;
  const { expression: callee, arguments: args } = node;
  const [object, ...more] = args;
  return object !== undefined &&
    more.length === 0 &&
    compiler.isPropertyAccessExpression(callee) &&
    compiler.isIdentifier(callee.expression) &&
    callee.expression.text === "Object" &&
    /^(?:freeze|seal|preventExtensions)$/.test(callee.name.text)
    ? object
    : null;
}

/** Calls that run what they are given for an event or with a value: what they give back is not to be called in its place. */
const running: ReadonlySet<string> = new Set([
  "then",
  "catch",
  "finally",
  "on",
  "once",
  "addListener",
  "addEventListener",
  "subscribe",
  "reduce",
  "reduceRight",
  "sort",
  "toSorted",
  "findIndex",
  "findLast",
  "replace",
  "replaceAll",
  "from",
  "setTimeout",
  "setInterval",
  "setImmediate",
]);

/**
 * The one function that a call is given, `wrap(async () => …)`: people call it by the name that the call is bound to, as if
 * the name were its own. Null where there are several, or where the call runs it.
 */
export function wrappedFunction(node: ts.CallExpression, compiler: Compiler): ts.Expression | null {
  const { expression: callee, arguments: args } = node;
  const called = compiler.isPropertyAccessExpression(callee) ? callee.name : callee;
  if (!compiler.isIdentifier(called) || iterating.has(called.text) || running.has(called.text)) return null;
  const literals = args.filter((one) => compiler.isArrowFunction(one) || compiler.isFunctionExpression(one));
  const [only, ...more] = literals;
  return only !== undefined && more.length === 0 ? only : null;
}
