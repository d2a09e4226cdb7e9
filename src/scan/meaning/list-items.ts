import { dottedPath } from "../syntax/dotted-path.ts";
import type { Expression } from "../syntax/syntax.ts";
import type { Folded } from "./folded.ts";
import { lookUp } from "./look-up.ts";
import { reaching } from "./reaching.ts";
import { deeper } from "./scope.ts";
import type { Scope } from "./scope.ts";

interface Item {
  readonly value: Expression;
  readonly scope: Scope;
}

/** An expression that another stands for: see `resolve` of `fold.ts`. */
type Resolve = (expression: Expression, scope: Scope) => readonly Item[];

/** The items of a list, with those that are added to it by the name that it bears; null for what is no list. */
export function listItems(expression: Expression, scope: Scope, resolve: Resolve): readonly Item[] | null {
  const path = dottedPath(expression);
  const meaning = path === null ? null : lookUp(scope.program, scope.place, path);
  if (path !== null && meaning?.is === "values") {
    const used = reaching(meaning.definitions, path, scope.place, expression.at);
    if (used.some(({ set }) => set.isAppend)) {
      let items: readonly Item[] | null = null;
      for (const definition of used) {
        const { value, isAppend } = definition.set;
        const given: Item = { value, scope: deeper(scope, definition) };
        const listed: readonly Item[] | null = literalItems(value, given.scope, resolve);
        if (!isAppend) items = listed ?? (value.is === "call" ? [] : null);
        else if (items !== null) items = [...items, ...(listed ?? [given])];
      }
      if (items !== null) return items;
    }
  }
  return literalItems(expression, scope, resolve);
}

function literalItems(expression: Expression, scope: Scope, resolve: Resolve): readonly Item[] | null {
  for (const { value, scope: inner } of resolve(expression, scope)) {
    if (value.is === "list") return value.items.map((each) => ({ value: each, scope: inner }));
  }
  return null;
}

/** The items of a list that an index may mean: where it is known, that one. */
export function itemsAt(items: readonly Expression[], keys: readonly Folded[]): readonly Expression[] {
  const meant = keys.map(({ text }) => (/^\d+$/.test(text) ? items[Number(text)] : undefined));
  const known = meant.filter((each) => each !== undefined);
  return known.length === keys.length && known.length > 0 ? known : items;
}
