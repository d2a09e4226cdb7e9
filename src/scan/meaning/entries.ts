import type { Expression } from "../syntax/syntax.ts";
import type { Folded } from "./folded.ts";

/** The entry of an object or dictionary literal under a key; null where there is none. */
export function entryOf(value: Expression, key: string): Expression | null {
  if (value.is !== "map") return null;
  if (value.entries.length <= fewEntries)
    return value.entries.find((each) => each.key === key)?.value ?? null;
  let byKey = entriesKnown.get(value);
  if (byKey === undefined) {
    byKey = new Map(value.entries.toReversed().map((each) => [each.key, each.value]));
    entriesKnown.set(value, byKey);
  }
  return byKey.get(key) ?? null;
}

/** Among these it is as fast to look at each. */
const fewEntries = 16;
const entriesKnown = new WeakMap<Expression, ReadonlyMap<string | null, Expression>>();

/** What an object holds under the keys that are known. */
export function entriesAt(value: Expression, keys: readonly Folded[]): readonly Expression[] {
  return [...new Set(keys.map(({ text }) => text))].flatMap((key) => entryOf(value, key) ?? []);
}

/** Where the index is not known it may mean any entry; of very many, the first. */
const mostEntries = 200;

/** What an object holds, whatever the key. */
export function firstEntries({ entries }: Extract<Expression, { is: "map" }>): readonly Expression[] {
  return entries.slice(0, mostEntries).map(({ value }) => value);
}
