import type { Expression } from "../syntax.ts";
import { nothing } from "../tree-sitter/expressions.ts";

/**
 * What the names of a loop take when it walks through something in one of the ways that Python itself has: `d.items()`, `d.values()`,
 * `enumerate(xs)`, `zip(xs, ys)`. Null for any other: then they share an element of what is walked through.
 */
export function walkThrough(of: Expression, names: number): readonly Expression[] | null {
  if (of.is !== "call" || of.named.length > 0) return null;
  const { callee, args } = of;
  const element = (each: Expression): Expression => ({
    is: "index",
    of: each,
    key: nothing(each.at),
    at: each.at,
  });
  if (callee.is === "member" && args.length === 0) {
    if (callee.name === "values" && names === 1) return [element(callee.of)];
    if (callee.name === "items" && names === 2) return [nothing(of.at), element(callee.of)];
    return null;
  }
  if (callee.is !== "name" || args.length === 0) return null;
  const [first] = args;
  if (callee.name === "enumerate" && names === 2 && first !== undefined)
    return [nothing(of.at), element(first)];
  return callee.name === "zip" && args.length === names ? args.map(element) : null;
}
