import { OpsError } from "../errors.ts";
import type { Parameters } from "./keywords.ts";
import { setParameter } from "./set-parameter.ts";

const blank = /\s/;

/**
 * libpq's `key = 'value'` form: blanks around `=`, single quotes, backslash escapes
 * (https://www.postgresql.org/docs/18/libpq-connect.html#LIBPQ-CONNSTRING-KEYWORD-VALUE).
 */
export function parseKeyValues(text: string): Parameters {
  const parameters: Parameters = {};
  let at = skipBlanks(text, 0);
  while (at < text.length) {
    const nameEnd = endOfName(text, at);
    const name = text.slice(at, nameEnd);
    at = skipBlanks(text, nameEnd);
    if (name === "" || text[at] !== "=") throw malformed("a name without = and a value");
    const value = readValue(text, skipBlanks(text, at + 1));
    setParameter(parameters, name, value.text);
    at = skipBlanks(text, value.end);
  }
  return parameters;
}

function skipBlanks(text: string, from: number): number {
  let at = from;
  while (at < text.length && blank.test(text.charAt(at))) at += 1;
  return at;
}

function endOfName(text: string, from: number): number {
  let at = from;
  while (at < text.length && text[at] !== "=" && !blank.test(text.charAt(at))) at += 1;
  return at;
}

function readValue(text: string, from: number): { readonly text: string; readonly end: number } {
  const isQuoted = text[from] === "'";
  let value = "";
  let at = isQuoted ? from + 1 : from;
  for (; at < text.length; at += 1) {
    const char = text.charAt(at);
    if (isQuoted ? char === "'" : blank.test(char)) break;
    if (char === "\\") at += 1;
    value += text.charAt(at);
  }
  if (isQuoted && at >= text.length) throw malformed("a quote that is not closed");
  return { text: value, end: isQuoted ? at + 1 : at };
}

function malformed(what: string): OpsError {
  return new OpsError(
    "bad-usage",
    `the database URL, read as key=value pairs, has ${what}`,
    "write host=db.example.org dbname='my db' user=me; in quotes write \\' and \\\\",
  );
}
