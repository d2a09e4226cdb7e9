import type { Expression } from "../syntax/syntax.ts";
import { fold, resolve } from "./fold.ts";
import type { Scope } from "./scope.ts";
import type { Origin } from "./folded.ts";

/** Every literal that an expression may give, through names, lists, objects and formats. */
export function originsOf(expression: Expression, scope: Scope, depth = 0): ReadonlySet<Origin> {
  const origins = new Set<Origin>();
  const add = (more: ReadonlySet<Origin>): void => {
    for (const each of more) origins.add(each);
  };
  for (const { origins: folded } of fold(expression, scope)) add(folded);
  if (depth > 3) return origins;
  for (const { value, scope: inner } of resolve(expression, scope)) {
    switch (value.is) {
      case "list":
        for (const item of value.items) add(originsOf(item, inner, depth + 1));
        break;
      case "map":
        for (const entry of value.entries) add(originsOf(entry.value, inner, depth + 1));
        break;
      case "call":
        for (const arg of value.args) add(originsOf(arg, inner, depth + 1));
        break;
      case "other":
        for (const inside of value.inside) add(originsOf(inside, inner, depth + 1));
        break;
      default:
        break;
    }
  }
  return origins;
}
