import { resolveEscapes } from "../tree-sitter/resolve-escapes.ts";

const escapes = /\\(?:u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|x[0-9a-fA-F]{1,4}|[^])/g;

/** Escapes of a string that is neither verbatim nor raw. */
export function unescapeCsharp(raw: string): string {
  return resolveEscapes(raw, escapes);
}
