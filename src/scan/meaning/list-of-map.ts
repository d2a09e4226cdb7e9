import type { Expression } from "../syntax/syntax.ts";
import { calleeOf } from "./callee.ts";
import type { Call } from "./program.ts";

type Part = "keys" | "values" | "entries";

const parts: ReadonlyMap<string, Part> = new Map([
  ["keys", "keys"],
  ["array_keys", "keys"],
  ["getOwnPropertyNames", "keys"],
  ["values", "values"],
  ["array_values", "values"],
  ["entries", "entries"],
  ["items", "entries"],
]);

/** The lists that a call gives of an object or dictionary, with what `resolve` finds those to be; empty for any other call. */
export function listedBy<Inner>(
  call: Call,
  resolve: (expression: Expression) => readonly { readonly value: Expression; readonly scope: Inner }[],
): readonly { readonly value: Expression; readonly scope: Inner }[] {
  const listed = mapListedBy(call);
  if (listed === null) return [];
  return resolve(listed.of).flatMap(({ value, scope }) =>
    value.is === "map" ? [{ value: listOfMap(value, listed.part), scope }] : [],
  );
}

/** The object or dictionary of which a call gives a list: `Object.keys(sql)`, `sql.items()`, `array_values($sql)`; null for any other call. */
function mapListedBy(call: Call): { readonly of: Expression; readonly part: Part } | null {
  const { name, receiver } = calleeOf(call);
  const part = parts.get(name);
  const [first, ...others] = call.args;
  if (part === undefined || others.length > 0) return null;
  const isOfNamespace =
    receiver === null || (receiver.is === "name" && /^(?:Object|Reflect|_|R)$/.test(receiver.name));
  if (isOfNamespace) return first === undefined ? null : { of: first, part };
  return first === undefined ? { of: receiver, part } : null;
}

/** That list. */
function listOfMap({ entries, at }: Extract<Expression, { is: "map" }>, part: Part): Expression {
  const items = entries.flatMap(({ key, value, at: where }): readonly Expression[] => {
    if (part === "values") return [value];
    if (key === null) return [];
    const text: Expression = { is: "text", text: key, at: where };
    return [part === "keys" ? text : { is: "list", items: [text, value], at: where }];
  });
  return { is: "list", items, at };
}
