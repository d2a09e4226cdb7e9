import type { ts } from "ts-morph";
import type { Expression } from "../syntax.ts";
import { isStill } from "./is-still.ts";
import { other } from "./reading.ts";
import type { Compiler } from "./reading.ts";

/** Methods of a list that call what they are given with one element after another. */
export const iterating: ReadonlySet<string> = new Set([
  "forEach",
  "map",
  "flatMap",
  "filter",
  "find",
  "some",
  "every",
  "each",
  "mapSeries",
]);
/** Methods that give the same elements, or some of them. */
const keeping: ReadonlySet<string> = new Set([
  "filter",
  "slice",
  "reverse",
  "sort",
  "toReversed",
  "toSorted",
]);

/**
 * What a function literal gets for its first parameter from the call that it is given to: an element of the list, as a
 * loop's variable does. Null where the call is none of a list, or where the list cannot be named a second time because
 * it is made by a call.
 */
export function eachElement(
  compiler: Compiler,
  callee: Expression,
  args: readonly ts.Expression[],
): Expression | null {
  if (callee.is !== "member" || !iterating.has(callee.name)) return null;
  const [first] = args;
  if (first === undefined || !(compiler.isArrowFunction(first) || compiler.isFunctionExpression(first)))
    return null;
  const of = listOf(callee.of);
  return isStill(of) ? { is: "index", of, key: other(callee.at), at: callee.at } : null;
}

/** `names.filter(…)` and `Object.values(names)` hold what `names` does. */
function listOf(value: Expression): Expression {
  if (value.is !== "call" || value.callee.is !== "member") return value;
  const { of, name } = value.callee;
  if (keeping.has(name)) return listOf(of);
  const [object] = value.args;
  return name === "values" && of.is === "name" && of.name === "Object" && object !== undefined
    ? object
    : value;
}
