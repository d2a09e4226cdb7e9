import { functionAt } from "../meaning/program.ts";
import type { Place, Unit } from "../meaning/program.ts";
import { allIn } from "../syntax/inside-of.ts";
import type { Expression, Statement } from "../syntax/syntax.ts";

/** The functions that a function makes and returns: whoever calls it runs them, or hands them on. */
export function returnedFunctions({ unit, fn }: Place): readonly Place[] {
  let ofUnit = known.get(unit);
  if (ofUnit === undefined) known.set(unit, (ofUnit = new Map()));
  let made = ofUnit.get(fn);
  if (made === undefined) ofUnit.set(fn, (made = findReturned({ unit, fn })));
  return made;
}

const known = new WeakMap<Unit, Map<number, readonly Place[]>>();

function findReturned({ unit, fn }: Place): readonly Place[] {
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

/** Whether functions use a parameter only in what they return, as a `retry(fn)` that gives back a function around `fn`. */
export function wrapsParameter(places: readonly Place[], index: number): boolean {
  return (
    places.length > 0 &&
    places.every((place) => {
      const name = functionAt(place).params[index]?.name;
      const returned = new Set(returnedFunctions(place).map(({ fn }) => fn));
      if (name === undefined || returned.size === 0) return false;
      return place.unit.syntax.functions.every(
        ({ body, parent }, fn) =>
          (fn !== place.fn && parent !== place.fn) || returned.has(fn) || !readsName(body, name),
      );
    })
  );
}

function readsName(body: readonly Statement[], name: string): boolean {
  return [...allIn(body.map(({ value }) => value))].some((each) => each.is === "name" && each.name === name);
}
