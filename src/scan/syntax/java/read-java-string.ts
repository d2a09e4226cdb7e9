import { resolveEscapes } from "../tree-sitter/resolve-escapes.ts";

const escapes = /\\(?:u[0-9a-fA-F]{4}|[0-3][0-7]{0,2}|[4-7][0-7]?|\r?\n|[^])/g;

/** A string, a text block or a character literal, marks and all, as the program sees it (JLS 3.10.4 to 3.10.7). */
export function readJavaString(literal: string): string {
  if (literal.startsWith('"""')) return unescapeJava(stripTextBlock(literal.slice(3, -3)));
  return unescapeJava(literal.slice(1, -1));
}

export function unescapeJava(raw: string): string {
  // Any number of `u` means the same (JLS 3.3).
  return resolveEscapes(raw.replace(/\\uu+/g, String.raw`\u`), escapes);
}

/** What stands between the marks, without the indentation that all lines share and without blanks at their ends (JLS 3.10.6). */
export function stripTextBlock(content: string): string {
  const lines = content.split(/\r\n|\r|\n/).slice(1);
  const last = lines.length - 1;
  // The line of the closing mark counts, though it be blank.
  const counted = lines.filter((line, index) => index === last || line.trim() !== "");
  const indent = counted.reduce(
    (least, line) => Math.min(least, line.length - line.trimStart().length),
    Infinity,
  );
  return lines.map((line) => (line.trim() === "" ? "" : line.slice(indent).trimEnd())).join("\n");
}
