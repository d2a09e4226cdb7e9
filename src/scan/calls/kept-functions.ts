import { calleeOf } from "../meaning/callee.ts";
import { enclosing, functionAt } from "../meaning/program.ts";
import type { Place } from "../meaning/program.ts";
import type { Expression, Statement } from "../syntax/syntax.ts";

/**
 * The expressions that a statement puts where they outlive the function that they stand in: in a field, in a variable of what is around it, in a list
 * there, or into a channel. What is a function among them may run at any time, and by whomever.
 */
export function keptBy(statement: Statement, place: Place): readonly Expression[] {
  const { value } = statement;
  switch (statement.do) {
    case "set":
      return statement.target !== null && isOutside(statement.target, place) ? held(value) : [];
    case "run":
      if (value.is === "other" && place.unit.family === "go" && value.inside.length > 1)
        return value.inside.flatMap(held);
      return value.is === "call" && adding.has(calleeOf(value).name) ? value.args.flatMap(held) : [];
    case "return":
    case "throw":
      return [];
  }
}

const adding: ReadonlySet<string> = new Set(["append", "push", "unshift"]);

/** What a value holds by itself; what is handed to a call in it is that call's. */
function held(value: Expression): readonly Expression[] {
  switch (value.is) {
    case "function":
    case "name":
    case "member":
      return [value];
    case "list":
      return value.items.flatMap(held);
    case "map":
      return value.entries.flatMap((each) => held(each.value));
    case "choice":
      return value.options.flatMap(held);
    case "call":
      return adding.has(calleeOf(value).name) ? value.args.flatMap(held) : [];
    default:
      return [];
  }
}

/** Whether a name or a path is of something that was there before the function ran. */
function isOutside(target: string, place: Place): boolean {
  if (/[.@]/.test(target)) return true;
  if (functionAt(place).params.some(({ name }) => name === target)) return false;
  return [...enclosing(place)]
    .slice(1)
    .some(
      (outer) =>
        outer.unit.sets[outer.fn]?.has(target) === true ||
        functionAt(outer).params.some(({ name }) => name === target),
    );
}
