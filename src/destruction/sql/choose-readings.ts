import type { SqlParser } from "../../postgres/parse-sql.ts";
import { splitStatements } from "./split-statements.ts";
import type { Statement } from "./split-statements.ts";
import { textOf } from "./token.ts";
import type { Reading } from "./tokenize.ts";

/** What PostgreSQL's lexer takes for something else than a script's, a template's or another dialect's does. */
const odd =
  /[\\`]|(?<![\w\])"])\[|\{[{%]|<%|\/\*M?!|q'|^[ \t]*(?:#|GO\b|\/|DELIMITER\b)|[^\x00-\x7f\uE000]/im;
/** What MySQL executes, and PostgreSQL skips. */
const conditional = /\/\*M?!/;
/** Where MySQL reads a string or a comment differently. */
const parting = /\\['"]|^[ \t]*#(?![>-])/m;

/** A line for psql alone: no grammar takes it. */
const metaLine =
  /^\\(?:echo|qecho|warn|q|quit|c|connect|i|ir|include|set|unset|if|elif|else|endif|gset|timing|pset|restrict|unrestrict)(?:[ \t]|$)/m;

/** A text that is longer is not parsed as a whole. */
const longest = 1 << 16;

/**
 * How a text is to be read; by more than one reading where each may be the right one. A text that PostgreSQL's grammar takes as a whole is read
 * as PostgreSQL reads it; the body of a function may be that, too, though the grammar knows no bodies.
 */
export function chooseReadings(text: string, parse: SqlParser, isBody: boolean): readonly Reading[] {
  if (!odd.test(text)) return ["script"];
  if (isBody) return ["postgres", chooseScript(text, parse)];
  if (text.length <= longest && !metaLine.test(text) && parse(text) !== null)
    return conditional.test(text) ? ["postgres", "script"] : ["postgres"];
  return [chooseScript(text, parse)];
}

/** MySQL's reading, where the statements that it reads differently are not in PostgreSQL's grammar, or only without it a string never ends. */
function chooseScript(text: string, parse: SqlParser): Reading {
  if (!parting.test(text)) return "script";
  let last: Statement | null = null;
  for (const statement of splitStatements(text, "script")) {
    last = statement;
    const [first, end] = [statement.tokens[0], statement.tokens.at(-1)];
    if (first === undefined || end === undefined || !parting.test(text.slice(first.at, end.end))) continue;
    if (end.end - first.at > longest || parse(textOf(statement.tokens)) === null) return "mysql";
  }
  return last?.tokens.at(-1)?.isClosed === false ? "mysql" : "script";
}
