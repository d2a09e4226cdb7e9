import { resolveEscapes } from "../tree-sitter/resolve-escapes.ts";

const escapes = /\\(?:u\{[0-9a-fA-F]+\}|x[0-9a-fA-F]{1,2}|[0-7]{1,3}|[ntrvef\\$"`])/g;

/** Escapes of a literal that interpolates. What is none keeps its backslash. */
export function unescapePhp(raw: string): string {
  return resolveEscapes(raw, escapes);
}

/** Escapes of a `'…'`. */
export function unescapeQuoted(raw: string): string {
  return raw.includes("\\") ? raw.replace(/\\(['\\])/g, "$1") : raw;
}
