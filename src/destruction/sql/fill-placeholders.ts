import { hole } from "../destruction.ts";
import type { Token } from "./token.ts";

/**
 * What stands for a value in a text that is not finished yet: printf's `%s` and PostgreSQL's `%I`, `%(name)s`, `{}`, `{name}`, `${name}`,
 * `#{name}`, `$1`, `$name`, sqlcmd's `$(name)`, a `?` of its own, `:name`, SQL*Plus's `&name`. SQL Server's `@name` is a variable, and stays.
 */
const placeholder =
  /%(?:\[\d+\]|\d+\$)?[-+#]?[a-zA-Z]|%\(\w+\)[a-z]|[$#]?\{[\w.!:?$ -]*\}|\$\(\w+\)|\$\w+|&&?\w+\.?|(?<!:):\w+|^\?$/g;

/**
 * The source with holes in place of what stands for a value among these tokens, outside of strings and quoted names. Everything stays where
 * it is: as many holes as there were characters.
 */
export function fillPlaceholders(tokens: readonly Token[], source: string): string {
  let filled = "";
  let done = 0;
  let from = 0;
  const fill = (pattern: RegExp, start: number, end: number): void => {
    const run = source.slice(start, end).replaceAll(pattern, (found) => hole.repeat(found.length));
    filled += source.slice(done, start) + run;
    done = end;
  };
  tokens.forEach((token, index) => {
    const next = tokens[index + 1];
    const isPlain = token.quote === "" || token.quote === "[";
    if (!isPlain) from = index + 1;
    if (token.text === hole) fill(/[^]/g, token.at, token.end);
    // psql's `:"name"` and `:'name'` have their own quotes.
    if (token.text === ":" && next !== undefined && next.quote !== "" && next.at === token.end)
      fill(/[^]/g, token.at, next.end);
    const isRunEnd = next === undefined || next.at !== token.end || (next.quote !== "" && next.quote !== "[");
    const first = tokens[from];
    if (!isPlain || !isRunEnd || first === undefined) return;
    if (first.at >= done) fill(placeholder, first.at, token.end);
    from = index + 1;
  });
  return filled + source.slice(done);
}
