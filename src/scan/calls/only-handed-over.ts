import { functionAt } from "../meaning/program.ts";
import type { Call, Place, Unit } from "../meaning/program.ts";
import { allIn, callsIn, insideOf } from "../syntax/inside-of.ts";
import type { Expression, Statement } from "../syntax/syntax.ts";

/** The names that stand among the arguments of calls of the chokepoint, anywhere in a file: few, and most variables are none of them. */
export function namesHandedOver(
  unit: Unit,
  isHandedOver: (call: Call, place: Place) => boolean,
): ReadonlySet<string> {
  const names = new Set<string>();
  for (const [fn, { body }] of unit.syntax.functions.entries()) {
    for (const call of callsIn(body.map(({ value }) => value))) {
      const args = call.args.filter((each) => each.is !== "function" && each.is !== "text");
      if (args.length === 0 || !isHandedOver(call, { unit, fn })) continue;
      for (const each of allIn(args)) if (each.is === "name") names.add(each.name);
    }
  }
  return names;
}

/**
 * Whether a local variable that keeps a function is read by nothing but calls of the chokepoint, which are told by `isHandedOver`. One that is never
 * read is not.
 */
export function isOnlyHandedOver(
  statement: Extract<Statement, { do: "set" }>,
  place: Place,
  isHandedOver: (call: Call, place: Place) => boolean,
): boolean {
  const { target, isExported } = statement;
  if (target === null || isExported || place.fn === 0 || !/^[\p{L}_$][\p{L}\p{N}_$]*$/u.test(target))
    return false;
  let isRead = false;
  for (const inner of withNested(place)) {
    const reads = (expression: Expression, isArgument: boolean): boolean => {
      switch (expression.is) {
        case "name":
          if (expression.name !== target) return true;
          isRead = true;
          return isArgument;
        case "call": {
          const isOver = isHandedOver(expression, inner);
          return insideOf(expression).every((each) => reads(each, isOver && each !== expression.callee));
        }
        case "list":
        case "map":
        case "choice":
          return insideOf(expression).every((each) => reads(each, isArgument));
        default:
          return insideOf(expression).every((each) => reads(each, false));
      }
    };
    if (!functionAt(inner).body.every(({ value }) => reads(value, false))) return false;
  }
  return isRead;
}

/** A function, and all that are written in it. */
function withNested({ unit, fn }: Place): readonly Place[] {
  const found = new Set([fn]);
  // Functions stand behind the one that they are written in.
  for (const [index, { parent }] of unit.syntax.functions.entries())
    if (parent !== null && found.has(parent)) found.add(index);
  return [...found].map((index) => ({ unit, fn: index }));
}
