import type { Entry, Expression } from "../syntax/syntax.ts";
import { calleeOf } from "./callee.ts";
import type { Call } from "./program.ts";

/** Calls that give what they are given, or what they are called on, and only make it fast. */
const freezing: ReadonlySet<string> = new Set(
  "freeze deepFreeze deep_freeze MappingProxyType unmodifiableMap unmodifiableList copyOf asReadOnly AsReadOnly ToFrozenDictionary".split(
    " ",
  ),
);

/** The list or object that a call stands for by what its language calls it: `{…}.freeze`, `Object.freeze({…})`, `dict(a=1)`, `Map.of("a", 1)`, `new Map([["a", 1]])`; null for any other call. */
export function literalOfCall(call: Call): Expression | null {
  const { name, receiver, chain } = calleeOf(call);
  const [first, ...others] = call.args;
  if (freezing.has(name)) return others.length > 0 ? null : (first ?? receiver);
  if (name === "dict" && receiver === null && first === undefined && call.named.length > 0)
    return { is: "map", entries: call.named, type: null, at: call.at };
  if (name === "of" && /^(?:Immutable)?Map$/.test(chain.at(-2) ?? "")) return ofPairs(pairs(call.args), call);
  if (name === "Map" && call.how === "new" && first?.is === "list" && others.length === 0)
    return ofPairs(
      first.items.map((each) => (each.is === "list" ? each.items : [])),
      call,
    );
  return null;
}

function pairs(items: readonly Expression[]): readonly (readonly Expression[])[] {
  return items.flatMap((_, index) => (index % 2 === 0 ? [items.slice(index, index + 2)] : []));
}

function ofPairs(given: readonly (readonly Expression[])[], { at }: Call): Expression | null {
  const entries = given.flatMap(([key, value]): readonly Entry[] =>
    key === undefined || value === undefined
      ? []
      : [{ key: key.is === "text" ? key.text : null, value, at: key.at }],
  );
  return entries.length === 0 ? null : { is: "map", entries, type: null, at };
}
