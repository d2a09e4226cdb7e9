import type { Expression } from "../syntax/syntax.ts";

/** The parts of a text, with those of the texts that are part of it: `a + b + c` is one. */
export function joinedParts(expression: Extract<Expression, { is: "join" }>): readonly Expression[] {
  const parts: Expression[] = [];
  const waiting: Expression[] = [expression];
  for (let each = waiting.pop(); each !== undefined; each = waiting.pop()) {
    if (each.is !== "join") parts.push(each);
    else for (const part of each.parts.toReversed()) waiting.push(part);
  }
  return parts;
}
