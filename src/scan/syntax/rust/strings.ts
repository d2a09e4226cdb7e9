import { resolveEscapes } from "../tree-sitter/resolve-escapes.ts";

// A backslash before a line's end swallows the white space that follows.
const escape = /\\(?:x[0-9a-fA-F]{2}|u\{[0-9a-fA-F_]{1,10}\}|\r?\n\s*|[nrt0\\'"])/g;

/** The value of a Rust literal as written: `"…"`, `b"…"`, `c"…"`, `r#"…"#`, `'c'`, `b'c'`. */
export function stringOf(literal: string): string {
  const raw = /^[bc]?r(#*)"/.exec(literal);
  if (raw !== null) return literal.slice(raw[0].length, literal.length - 1 - (raw[1]?.length ?? 0));
  return resolveEscapes(literal.slice(/^[bc]/.test(literal) ? 2 : 1, -1), escape);
}
