import { quoteIdentifier, quoteLiteral } from "../postgres/identifiers.ts";

/** What a terminal, or whoever prints a text for people, would not show as it is. */
const unprintable = /[^\P{C}\u200c\u200d]|[\u2028\u2029]/u;
const everyUnprintable = new RegExp(unprintable.source, "gu");

/** A name as SQL that can be printed, copied and pasted whatever characters are in it. */
export function quoteName(name: string): string {
  return unprintable.test(name) ? `U&${escapeInto(quoteIdentifier(name))}` : quoteIdentifier(name);
}

/** A text as an SQL literal that can be printed, copied and pasted; needs `standard_conforming_strings`, as every server has it. */
export function quoteText(text: string): string {
  return unprintable.test(text)
    ? `U&${escapeInto(`'${text.replaceAll("'", "''")}'`)}`
    : quoteLiteral(text).trimStart();
}

/** A grantee; null is everybody. */
export function quoteGrantee(role: string | null): string {
  return role === null ? "PUBLIC" : quoteName(role);
}

/** Whether a text can be shown as it is. */
export function isPlain(text: string): boolean {
  return !unprintable.test(text);
}

/** A name for people, on one line of a comment. */
export function showPlainly(text: string): string {
  return text.replaceAll(everyUnprintable, (char) => `\\u{${codeOf(char).toString(16)}}`);
}

/** PostgreSQL's Unicode escapes: https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-STRINGS-UESCAPE */
function escapeInto(quoted: string): string {
  return quoted
    .replaceAll("\\", "\\\\")
    .replaceAll(everyUnprintable, (char) => `\\+${codeOf(char).toString(16).padStart(6, "0")}`);
}

function codeOf(char: string): number {
  return char.codePointAt(0) ?? 0;
}
