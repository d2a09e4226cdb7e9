import { hole } from "../destruction.ts";
import { touches } from "./token.ts";
import type { Token } from "./token.ts";
import { tokenize } from "./tokenize.ts";

/**
 * What stands for a value in a text that is not finished yet: printf's `%s` and PostgreSQL's `%I`, `%(name)s`, `{}`, `{name}`, `${name}`,
 * `#{name}`, `$1`, `$name`, sqlcmd's `$(name)`, a `?` of its own, `:name`, SQL*Plus's `&name`. SQL Server's `@name` is a variable, and stays.
 */
const placeholder =
  /%(?:\[\d+\]|\d+\$)?[-+#]?[a-zA-Z]|%\(\w+\)[a-z]|[$#]?\{[\w.!:?$ -]*\}|\$\(\w+\)|\$\w+|&&?\w+\.?|(?<!:):\w+|^\?$/g;

/**
 * The same tokens with holes in place of what stands for a value, outside of strings and quoted names, each where it was; null when none does.
 */
export function fillPlaceholders(tokens: readonly Token[]): readonly Token[] | null {
  const start = tokens[0]?.at ?? 0;
  const text = blankedText(tokens);
  let filled = "";
  let done = 0;
  const fill = (pattern: RegExp, from: number, to: number): void => {
    const run = text.slice(from - start, to - start);
    filled += text.slice(done, from - start) + run.replaceAll(pattern, (found) => hole.repeat(found.length));
    done = to - start;
  };
  for (let from = 0; from < tokens.length;) {
    const [first, next] = [tokens[from], tokens[from + 1]];
    if (first === undefined) break;
    const isMarked = first.text === ":" && next !== undefined && next.quote !== "" && touches(first, next);
    if (isMarked) fill(/[^]/g, first.at, next.end);
    else if (isMask(first)) fill(/[^]/g, first.at, first.end);
    const end = isMarked ? from + 2 : isMask(first) || !isPlain(first) ? from + 1 : runEnd(tokens, from);
    const last = tokens[end - 1];
    if (isPlain(first) && !isMarked && !isMask(first) && last !== undefined)
      fill(placeholder, first.at, last.end);
    from = end;
  }
  filled += text.slice(done);
  if (filled === text) return null;
  const isConditional = tokens.some((token) => token.isConditional);
  return [...tokenize(filled, "script")].map((token) => ({
    ...token,
    at: token.at + start,
    end: token.end + start,
    isConditional,
  }));
}

/** A template's value (`{{ name }}`): a hole already, whatever is written. */
function isMask({ type, text, raw }: Token): boolean {
  return type === "word" && text === hole && raw !== hole;
}

function isPlain({ quote }: Token): boolean {
  return quote === "" || quote === "[";
}

/** The index behind the plain tokens that touch one another from a place on; psql's `:"name"` begins another run. */
function runEnd(tokens: readonly Token[], from: number): number {
  let end = from + 1;
  for (; end < tokens.length; end += 1) {
    const [last, token, next] = [tokens[end - 1], tokens[end], tokens[end + 1]];
    if (
      last === undefined ||
      token === undefined ||
      !touches(last, token) ||
      !isPlain(token) ||
      isMask(token)
    )
      break;
    if (token.text === ":" && next !== undefined && next.quote !== "") break;
  }
  return end;
}

/** What the tokens were cut from, white space in place of comments and all that is no token. */
function blankedText(tokens: readonly Token[]): string {
  const start = tokens[0]?.at ?? 0;
  let text = "";
  for (const { raw, at, startsLine } of tokens) {
    const gap = at - start - text.length;
    text += (gap > 0 && startsLine ? "\n".padEnd(gap) : " ".repeat(gap)) + raw;
  }
  return text;
}
