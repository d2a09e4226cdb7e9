import type { Expression } from "./syntax.ts";

/** Every expression in these, themselves included, from the outside in. */
export function* allIn(expressions: readonly Expression[]): Generator<Expression> {
  const waiting = expressions.toReversed();
  for (let each = waiting.pop(); each !== undefined; each = waiting.pop()) {
    yield each;
    for (const inside of insideOf(each).toReversed()) waiting.push(inside);
  }
}

/** Every call in expressions, from the outside in. */
export function* callsIn(expressions: readonly Expression[]): Generator<Extract<Expression, { is: "call" }>> {
  for (const each of allIn(expressions)) if (each.is === "call") yield each;
}

/** The expressions that an expression is made of. */
export function insideOf(expression: Expression): readonly Expression[] {
  switch (expression.is) {
    case "text":
    case "name":
    case "function":
    case "pattern":
      return [];
    case "join":
      return expression.parts;
    case "format":
      return [expression.template, ...expression.values, ...expression.named.map(({ value }) => value)];
    case "member":
      return [expression.of];
    case "index":
      return [expression.of, expression.key];
    case "call":
      return [expression.callee, ...expression.args, ...expression.named.map(({ value }) => value)];
    case "list":
      return expression.items;
    case "map":
      return expression.entries.map(({ value }) => value);
    case "choice":
      return expression.options;
    case "compare":
      return expression.sides;
    case "other":
      return expression.inside;
  }
}
