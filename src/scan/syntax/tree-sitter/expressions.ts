import type { Entry, Expression } from "../syntax.ts";

/** Short forms of what every front-end builds. */

export function text(at: number, value: string): Expression {
  return { is: "text", text: value, at };
}

export function name(at: number, value: string): Expression {
  return { is: "name", name: value, at };
}

/** Something without a text, a call or a name in it: a number, a `break`. */
export function nothing(at: number): Expression {
  return { is: "other", inside: [], at };
}

export function isNothing(value: Expression): boolean {
  return value.is === "other" && value.inside.length === 0;
}

/** What is inside is kept, as far as it is anything. */
export function other(at: number, inside: readonly Expression[]): Expression {
  return { is: "other", inside: inside.filter((each) => !isNothing(each)), at };
}

/** The parts one after another; a join inside of a join is taken apart, and one part is itself. */
export function join(at: number, parts: readonly Expression[]): Expression {
  const flat = parts.flatMap((part) => (part.is === "join" ? part.parts : [part]));
  const [first] = flat;
  if (first === undefined) return text(at, "");
  return flat.length === 1 ? first : { is: "join", parts: flat, at };
}

export function compare(at: number, sides: readonly Expression[]): Expression {
  return { is: "compare", sides: sides.filter((side) => !isNothing(side)), at };
}

/** One option is no choice. */
export function choice(at: number, options: readonly Expression[]): Expression {
  const [first] = options;
  if (first === undefined) return nothing(at);
  return options.length === 1 ? first : { is: "choice", options, at };
}

/** The positional and the named arguments of a call. */
export interface Arguments {
  readonly args: Expression[];
  readonly named: Entry[];
}
