/** A name as SQL: always in double quotes, so that no keyword, case or dot changes what is meant. */
export function quoteIdentifier(name: string): string {
  refuseNul(name);
  return `"${name.replaceAll('"', '""')}"`;
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
