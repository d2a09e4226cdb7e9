/** A name as SQL: always in double quotes, so that no keyword, case or dot changes what is meant. */
export function quoteIdentifier(name: string): string {
  refuseNul(name);
  return `"${name.replaceAll('"', '""')}"`;
}

/**
 * The same name in ASCII alone, for a statement that is sent while `client_encoding` is not UTF-8 (`standard_conforming_strings`
 * must be on, as it is unless somebody turned it off).
 */
export function quoteIdentifierInAscii(name: string): string {
  const quoted = quoteIdentifier(name);
  if (!/[\u0080-\uffff]/.test(name)) return quoted;
  const escaped = quoted
    .replaceAll("\\", "\\\\")
    .replace(
      /[\u{80}-\u{10ffff}]/gu,
      (char) => `\\+${(char.codePointAt(0) ?? 0).toString(16).padStart(6, "0")}`,
    );
  return `U&${escaped}`;
}

/** A text as an SQL literal, the same whatever `standard_conforming_strings` says. */
export function quoteLiteral(text: string): string {
  refuseNul(text);
  const quoted = `'${text.replaceAll("'", "''")}'`;
  return text.includes("\\") ? ` E${quoted.replaceAll("\\", "\\\\")}` : quoted;
}

/** `"schema"."name"`. */
export function qualifiedName(schema: string, name: string): string {
  return `${quoteIdentifier(schema)}.${quoteIdentifier(name)}`;
}

/** PostgreSQL has no NUL in text; on the wire it would cut the statement short. */
function refuseNul(text: string): void {
  if (text.includes("\0")) throw new RangeError("a NUL character cannot be part of an SQL statement");
}
