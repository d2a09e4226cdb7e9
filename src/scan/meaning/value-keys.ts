import { isOwnField } from "./look-up.ts";
import { enclosing, functionAt, selfNames } from "./program.ts";
import type { Place, Unit } from "./program.ts";

/** A name within one function. */
export function keyIn({ unit, fn }: Place, name: string): string {
  return `${unit.id}:${fn}:${name}`;
}

/** What a name means where it stands: that of the function around it which sets it or takes it, else one of everybody. */
export function keyOf(place: Place, name: string): string {
  for (const each of enclosing(place)) {
    if (each.fn === 0 && each.unit.family !== "script") break;
    if (
      each.unit.sets[each.fn]?.has(name) === true ||
      functionAt(each).params.some((param) => param.name === name) ||
      declares(each, name)
    )
      return keyIn(each, name);
  }
  return name;
}

const declaredIn = new WeakMap<Unit, ReadonlySet<string>>();

/** Whether a function that only its own scope sees is declared in a function, or in a file of TypeScript or JavaScript: `nameKey` gives such a name to that scope. */
function declares({ unit, fn }: Place, name: string): boolean {
  let declared = declaredIn.get(unit);
  if (declared === undefined) {
    declared = new Set(
      unit.syntax.functions.flatMap((each) =>
        each.name === null || ((each.parent ?? 0) === 0 && (each.isExported || unit.family !== "script"))
          ? []
          : [`${each.parent ?? 0} ${each.name}`],
      ),
    );
    declaredIn.set(unit, declared);
  }
  return declared.has(`${fn} ${name}`);
}

/** A name of a file is seen by others in most languages; in TypeScript and JavaScript when it is exported. */
export function nameKey(place: Place, name: string, isExported: boolean): string {
  return place.fn === 0 && (isExported || place.unit.family !== "script") ? name : keyIn(place, name);
}

/** The names by which what a path is set to may be read. */
export function pathKeys(place: Place, path: string, isExported: boolean): readonly string[] {
  const dot = path.lastIndexOf(".");
  // An exported name is read in its own file, too.
  if (dot < 0)
    return [nameKey(place, path, isExported), keyIn(place, path), ...(isOwnField(place, path) ? [path] : [])];
  const head = path.slice(0, path.indexOf("."));
  const field = fieldKey(place, path.slice(dot + 1));
  return selfNames.has(head) ? [field] : [field, keyOf(place, head)];
}

/** A field is known by its name wherever it is read; one of a letter or two, as minified code has them, in its own file. */
export function fieldKey(place: Place, name: string): string {
  return name.length > 2 ? name : `${place.unit.id}::${name}`;
}
