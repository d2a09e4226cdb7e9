import { meaningOf } from "../tree-sitter/resolve-escapes.ts";

const escape =
  /(?:\\x[89a-fA-F][0-9a-fA-F]|\\[23][0-7]{2})+|\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-7]{3}|[abfnrtv\\'"])/g;

/** The value of a Go literal as written: `"…"`, `` `…` `` or `'…'`. */
export function stringOf(literal: string): string {
  const inside = literal.slice(1, -1);
  if (literal.startsWith("`")) return inside.replaceAll("\r", "");
  return inside.includes("\\") ? inside.replace(escape, resolve) : inside;
}

/** Escapes of bytes above ASCII are UTF-8, several to a character; the others are characters. */
function resolve(escapes: string): string {
  const bytes = escapes.match(/\\(?:x[89a-fA-F][0-9a-fA-F]|[23][0-7]{2})/g);
  if (bytes === null || bytes.join("") !== escapes) return meaningOf(escapes);
  return new TextDecoder().decode(
    Uint8Array.from(bytes, (byte) =>
      byte[1] === "x" ? Number.parseInt(byte.slice(2), 16) : Number.parseInt(byte.slice(1), 8),
    ),
  );
}
