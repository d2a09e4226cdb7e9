import { hole } from "../destruction.ts";
import type { Token } from "./token.ts";

/** What variables hold, by their last name in small letters, without `@`. */
export type Variables = ReadonlyMap<string, string>;

export interface Folded {
  /** What the expression gives, holes where a value is not known. */
  readonly text: string;
  /** The index of the token behind it. */
  readonly next: number;
}

const deepest = 20;
/** Parentheses that hold more tokens than this are cut off: an expression that builds a statement is shorter. */
const longestArguments = 2000;
const joiners: ReadonlySet<string> = new Set(["||", "+", "&"]);

/** The text that an expression of SQL's gives, in any dialect: strings joined by `||` or `+`, `format`, `concat`, variables, casts. */
export function foldExpression(
  tokens: readonly Token[],
  at: number,
  variables: Variables,
  depth = 0,
): Folded {
  let text = "";
  let next = at;
  for (;;) {
    const operand = foldOperand(tokens, next, variables, depth);
    text += operand.text;
    next = skipCasts(tokens, operand.next);
    if (operand.next === at || !joiners.has(tokens[next]?.text ?? "") || tokens[next]?.type !== "symbol")
      break;
    next += 1;
  }
  return { text, next };
}

function foldOperand(tokens: readonly Token[], at: number, variables: Variables, depth: number): Folded {
  const first = tokens[at];
  if (first === undefined) return { text: "", next: at };
  // A query in parentheses gives its first field.
  if (first.word === "SELECT" && depth < deepest) return foldExpression(tokens, at + 1, variables, depth + 1);
  if (first.type === "string") {
    // Strings on lines of their own are one.
    const more =
      tokens[at + 1]?.type === "string" && first.quote === "'"
        ? foldOperand(tokens, at + 1, variables, depth)
        : null;
    return { text: first.text + (more?.text ?? ""), next: more?.next ?? at + 1 };
  }
  // MySQL's strings may stand in double quotes.
  if (first.quote === '"' && /\s/u.test(first.text)) return { text: first.text, next: at + 1 };
  if (first.type === "number") return { text: first.text, next: at + 1 };
  if (first.text === "(" && depth < deepest) {
    const { args, next: behind } = foldArguments(tokens, at, variables, depth);
    return { text: args[0] ?? hole, next: behind };
  }
  let next = first.text === "@" || first.text === ":" || first.text === "$" ? at + 1 : at;
  let last = tokens[next];
  if (last === undefined || (last.type !== "word" && last.type !== "name" && last.type !== "number"))
    return { text: hole, next: first.text === "(" ? closing(tokens, at) + 1 : at + 1 };
  while (tokens[next + 1]?.text === "." && tokens[next + 2] !== undefined) {
    next += 2;
    last = tokens[next] ?? last;
  }
  if (tokens[next + 1]?.text === "(") {
    if (depth >= deepest) return { text: hole, next: closing(tokens, next + 1) + 1 };
    const { args, next: behind } = foldArguments(tokens, next + 1, variables, depth);
    return { text: callText(last.text.toLowerCase(), args), next: behind };
  }
  return { text: variables.get(last.text.toLowerCase()) ?? hole, next: next + 1 };
}

/** What stands between parentheses, comma by comma; `next` is the index behind them. */
export function foldArguments(
  tokens: readonly Token[],
  open: number,
  variables: Variables,
  depth = 0,
): { readonly args: readonly string[]; readonly next: number } {
  const end = closing(tokens, open);
  const args: string[] = [];
  for (let at = open + 1; at < end; at += 1) {
    const folded = foldExpression(tokens, at, variables, depth + 1);
    args.push(folded.text);
    // What goes on behind the text (`AS x`, `ORDER BY y`) is passed over.
    at = folded.next;
    while (at < end && tokens[at]?.text !== ",")
      at = tokens[at]?.text === "(" ? closing(tokens, at) + 1 : at + 1;
  }
  return { args, next: end + 1 };
}

function closing(tokens: readonly Token[], open: number): number {
  let depth = 0;
  const last = Math.min(tokens.length, open + longestArguments);
  for (let at = open; at < last; at += 1) {
    const token = tokens[at];
    if (token?.type !== "symbol") continue;
    if (token.text === "(") depth += 1;
    if (token.text === ")") depth -= 1;
    if (depth === 0) return at;
  }
  return last;
}

function skipCasts(tokens: readonly Token[], at: number): number {
  let next = at;
  while (tokens[next]?.text === "::") {
    next += 2;
    if (tokens[next]?.text === "(") next = closing(tokens, next) + 1;
  }
  return next;
}

const conversion = /%(?:(%)|(?:(\d+)\$)?-?\d*[sIL])/g;

function callText(name: string, args: readonly string[]): string {
  const first = args[0] ?? hole;
  switch (name) {
    case "format": {
      let position = 0;
      return first.replaceAll(conversion, (_, percent?: string, index?: string) => {
        if (percent !== undefined) return "%";
        position = index === undefined ? position + 1 : Number(index);
        return args[position] ?? hole;
      });
    }
    case "formatmessage":
      return first.replaceAll(conversion, hole);
    case "concat":
      return args.join("");
    case "concat_ws":
      return args.slice(1).join(first);
    case "replace":
      return args.length === 3 && args[1] !== "" ? first.replaceAll(args[1] ?? "", args[2] ?? "") : hole;
    case "char":
    case "nchar":
    case "chr":
      // Of such codes a script builds its line ends.
      return /^\d{1,3}$/u.test(first) ? String.fromCharCode(Number(first)) : hole;
    case "quote_ident":
    case "quotename":
    case "quote_literal":
    case "cast":
    case "convert":
    case "coalesce":
    case "isnull":
    case "nvl":
    case "trim":
    case "btrim":
    case "lower":
    case "upper":
    case "string_agg":
    case "group_concat":
    case "listagg":
      return args.find((arg) => arg !== hole) ?? hole;
    default:
      return hole;
  }
}
