import { dottedPath } from "../syntax/dotted-path.ts";
import type { Expression } from "../syntax/syntax.ts";
import type { Folded } from "./folded.ts";
import { calleeOf, plainName } from "./callee.ts";
import { lookUp } from "./look-up.ts";
import type { Definition } from "./program.ts";
import { reaching } from "./reaching.ts";
import { deeper } from "./scope.ts";
import type { Scope } from "./scope.ts";

interface Item {
  readonly value: Expression;
  readonly scope: Scope;
}

/** An expression that another stands for: see `resolve` of `fold.ts`. */
type Resolve = (expression: Expression, scope: Scope) => readonly Item[];

/** Methods that give the list that they are called on, or a part of it. */
const keeping: ReadonlySet<string> = new Set(
  "filter compact freeze slice tolist toarray tovec clone dup iter copy flat flatten asslice".split(" "),
);
/** Functions that make a list of what they are given. */
const making: ReadonlySet<string> = new Set(["of", "aslist", "listof", "mutablelistof", "arrayof"]);
const deepest = 6;

/** The items of a list, with those that are added to it by the name that it bears; null for what is no list. */
export function listItems(
  expression: Expression,
  scope: Scope,
  resolve: Resolve,
  depth = 0,
): readonly Item[] | null {
  if (depth > deepest) return null;
  const path = dottedPath(expression);
  const meaning = path === null ? null : lookUp(scope.program, scope.place, path);
  if (path !== null && meaning?.is === "values") {
    const used = reaching(meaning.definitions, path, scope.place, expression.at);
    if (used.some(({ set }) => set.isAppend)) {
      // A constructor begins the list, wherever it stands.
      const isBeginning = ({ fn, set }: Definition): boolean => fn !== scope.place.fn && !set.isAppend;
      const ordered = [...used.filter(isBeginning), ...used.filter((each) => !isBeginning(each))];
      let items: readonly Item[] = [];
      for (const definition of ordered) {
        const { value, isAppend } = definition.set;
        const inner = deeper(scope, definition);
        const listed = listItems(value, inner, resolve, depth + 1);
        items = isAppend ? [...items, ...(listed ?? [{ value, scope: inner }])] : (listed ?? []);
      }
      return items;
    }
  }
  for (const { value, scope: inner } of resolve(expression, scope)) {
    const items = itemsOfValue(value, inner, resolve, depth + 1);
    if (items !== null) return items;
  }
  return null;
}

function itemsOfValue(
  value: Expression,
  scope: Scope,
  resolve: Resolve,
  depth: number,
): readonly Item[] | null {
  const listed = (each: Expression): readonly Item[] | null => listItems(each, scope, resolve, depth);
  const spread = (items: readonly Expression[]): readonly Item[] =>
    items.flatMap((item) => {
      // `...base`, `*base`.
      const [only] = item.is === "other" && item.inside.length === 1 ? item.inside : [item];
      const inside = only !== undefined && only.is === "name" ? listed(only) : null;
      return inside ?? [{ value: item, scope }];
    });
  if (value.is === "list") return spread(value.items);
  if (value.is !== "call") return null;
  const { name, receiver } = calleeOf(value);
  const [first, ...others] = value.args;
  const plain = plainName(name);
  if (receiver !== null && keeping.has(plain)) return listed(receiver);
  if (receiver !== null && plain === "concat") {
    const before = listed(receiver);
    return before === null
      ? null
      : [...before, ...value.args.flatMap((each) => listed(each) ?? [{ value: each, scope }])];
  }
  if (making.has(plain)) return spread(value.args);
  // A collection's literal: `new List<string> { "a", "b" }`.
  return value.how === "new" && first?.is === "list" && others.length === 0 ? spread(first.items) : null;
}

/** An index that is not known means any item; of very many, the first. */
const mostItems = 200;

/** The items of a list that an index may mean: where it is known, that one. */
export function itemsAt(items: readonly Expression[], keys: readonly Folded[]): readonly Expression[] {
  const meant = keys.map(({ text }) => (/^\d+$/.test(text) ? items[Number(text)] : undefined));
  const known = meant.filter((each) => each !== undefined);
  return known.length === keys.length && known.length > 0 ? known : items.slice(0, mostItems);
}
