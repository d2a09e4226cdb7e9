import type { Entry, Expression } from "../syntax.ts";
import { compare, join, name } from "../tree-sitter/expressions.ts";
import type { Arguments } from "../tree-sitter/expressions.ts";

/** Which argument of a macro is what it formats with the ones after it. */
const templates: Readonly<Record<string, number>> = {
  print: 0,
  println: 0,
  eprint: 0,
  eprintln: 0,
  panic: 0,
  todo: 0,
  unimplemented: 0,
  unreachable: 0,
  anyhow: 0,
  bail: 0,
  eyre: 0,
  error: 0,
  warn: 0,
  info: 0,
  debug: 0,
  trace: 0,
  write: 1,
  writeln: 1,
};

/** What a macro of a name gives, as far as its name tells; any other is a call of it. */
export function lowerMacro(callee: Expression, { args, named }: Arguments, end: number): Expression {
  const at = callee.at;
  const called = callee.is === "name" || callee.is === "member" ? callee.name : "";
  const [template, ...values] = args;
  if (template !== undefined && (called === "format" || called === "format_args"))
    return format(at, template, values, named);
  if (called === "concat") return join(at, args);
  if (called === "vec") return { is: "list", items: args, at };
  if (called === "matches") return compare(at, args);
  const index = templates[called];
  const told = index === undefined ? undefined : args[index];
  if (index === undefined || told?.is !== "text" || !told.text.includes("{"))
    return { is: "call", how: "macro", callee, args, named, at, end };
  const formatted = format(told.at, told, args.slice(index + 1), named);
  return { is: "call", how: "macro", callee, args: [...args.slice(0, index), formatted], named: [], at, end };
}

/** A format of Rust also takes what stands in its braces from the names around it. */
function format(
  at: number,
  template: Expression,
  values: readonly Expression[],
  named: readonly Entry[],
): Expression {
  const captured: Entry[] = [];
  if (template.is === "text")
    for (const [, key] of template.text.replaceAll("{{", "").matchAll(/\{(r?#?[\p{L}_][\p{L}\p{N}_]*)[:}]/gu))
      if (key !== undefined && ![...named, ...captured].some((entry) => entry.key === key))
        captured.push({ key, value: name(template.at, key), at: template.at });
  return { is: "format", style: "brace", template, values, named: [...named, ...captured], at };
}
