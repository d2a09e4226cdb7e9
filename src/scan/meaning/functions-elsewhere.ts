import type { Expression } from "../syntax/syntax.ts";
import { declaredElsewhere } from "./declared.ts";
import type { Declared } from "./declared.ts";
import { bareName, functionAt } from "./program.ts";
import type { Place, Program, Unit } from "./program.ts";

/** The functions of other files that a file knows by a name or dotted path through its imports. */
export function functionsElsewhere(program: Program, unit: Unit, path: string): readonly Place[] {
  return declaredElsewhere(program, unit, path).flatMap((each) => functionsDeclared(program, each));
}

/** The functions that something declared stands for. */
export function functionsDeclared(program: Program, { unit, path }: Declared): readonly Place[] {
  // A module that is a function as a whole: `module.exports = drop`.
  const segments = path === "" ? ["default"] : path.split(".");
  const name = segments.at(-1) ?? "";
  const owner = segments.at(-2);
  const own = program.functionsNamed(unit.family, name).filter((each) => {
    if (each.unit !== unit) return false;
    const { owner: of, parent } = functionAt(each);
    return owner === undefined ? of === null && parent === 0 : of !== null && bareName(of) === owner;
  });
  if (own.length > 0) return own;
  const [first = "", ...rest] = segments;
  return (unit.sets[0]?.get(first) ?? []).flatMap(({ value }) => functionsIn(program, unit, value, rest));
}

/** The function that an object holds under a path. */
function functionsIn(
  program: Program,
  unit: Unit,
  value: Expression,
  [first, ...rest]: readonly string[],
): readonly Place[] {
  switch (value.is) {
    case "function":
      return first === undefined ? [{ unit, fn: value.index }] : [];
    case "name":
      return [
        ...program
          .functionsNamed(unit.family, value.name)
          .filter((each) => each.unit === unit && functionAt(each).owner === null && first === undefined),
        ...functionsElsewhere(
          program,
          unit,
          [value.name, ...(first === undefined ? [] : [first, ...rest])].join("."),
        ),
      ];
    case "map":
      if (first === undefined) return [];
      return value.entries.flatMap((entry) => {
        if (entry.key === first) return functionsIn(program, unit, entry.value, rest);
        // `{ ...drops }`.
        return entry.key === null && entry.value.is === "name"
          ? functionsElsewhere(program, unit, [entry.value.name, first, ...rest].join("."))
          : [];
      });
    default:
      return [];
  }
}
