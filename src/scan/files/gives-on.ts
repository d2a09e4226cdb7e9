import { basename } from "node:path/posix";
import { languageOf } from "./language-of.ts";
import type { Prefilter } from "./has-candidate.ts";

const exporting = /\bexport\s*(?:type\s*)?[*{]|\bexports\b[^\n]*\brequire\s*\(|\.\.\.\s*require\s*\(/;
const importing = /^[ \t]*(?:from\s+\S+\s+import|import)\b/m;
const importingAll = /^[ \t]*from\s+\S+\s+import\s+\*/m;
const publishing = /\bpub\s*(?:\([^)]*\)\s*)?use\b/;

/** What only gives on is short; a bundle, which may look so, is not. */
const largest = 32 * 1024;

/**
 * Whether a file may give on what others declare, under its own path: a barrel, a package's `__init__.py`, a `pub use`. Null for files of
 * languages that have nothing of the kind.
 */
export function givesOn(path: string): Prefilter | null {
  const expression = expressionFor(path);
  if (expression === null) return null;
  return (bytes) =>
    bytes.length <= largest &&
    expression.test(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1"));
}

function expressionFor(path: string): RegExp | null {
  switch (languageOf(path, "")) {
    case "typescript":
    case "javascript":
      return exporting;
    case "python":
      return basename(path) === "__init__.py" ? importing : importingAll;
    case "rust":
      return publishing;
    default:
      return null;
  }
}
