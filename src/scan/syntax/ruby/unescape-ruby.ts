import { resolveEscapes } from "../tree-sitter/resolve-escapes.ts";

const escapes = /\\(?:u\{[0-9a-fA-F]+\}|u[0-9a-fA-F]{4}|x[0-9a-fA-F]{1,2}|[0-7]{1,3}|\r?\n|[^])/g;

/** Escapes of a literal that interpolates. */
export function unescapeRuby(raw: string): string {
  return resolveEscapes(raw, escapes);
}

/** `'…'` and `%q(…)`: only the backslash and the literal's own `marks` can be escaped. */
export function unescapeQuoted(raw: string, marks: string): string {
  if (!raw.includes("\\")) return raw;
  return raw.replace(/\\([^])/g, (whole, next: string) =>
    next === "\\" || marks.includes(next) ? next : whole,
  );
}
