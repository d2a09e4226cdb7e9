import { functionAt } from "../meaning/program.ts";
import type { Place } from "../meaning/program.ts";
import type { Expression } from "../syntax/syntax.ts";

/** The functions that a function makes and returns: whoever calls it runs them, or hands them on. */
export function returnedFunctions({ unit, fn }: Place): readonly Place[] {
  const { body } = functionAt({ unit, fn });
  const isOwn = (index: number): boolean => functionAt({ unit, fn: index }).parent === fn;
  const madeBy = (value: Expression): readonly number[] => {
    switch (value.is) {
      case "function":
        return isOwn(value.index) ? [value.index] : [];
      case "name":
        return unit.syntax.functions.flatMap(({ name, parent }, index) =>
          parent === fn && name === value.name ? [index] : [],
        );
      case "choice":
        return value.options.flatMap(madeBy);
      default:
        return [];
    }
  };
  const made = body.flatMap((each) => (each.do === "return" ? madeBy(each.value) : []));
  return [...new Set(made)].map((index) => ({ unit, fn: index }));
}
