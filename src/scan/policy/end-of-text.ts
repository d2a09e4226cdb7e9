import type { Lines } from "../lines.ts";

/** A text in quotation marks that goes on longer was none: a lone mark. */
const longestQuoted = 30;
const longestDocument = 200;

/**
 * The line that ends a text which is still open at the end of `line`: a here-document of a shell, Ruby, PHP or HCL, or quotation marks that do
 * not close on it. Null when none is open, or nothing ends it.
 */
export function endOfText(lines: Lines, line: number): number | null {
  const text = lines.text(line);
  const [, , word] = /<<[-~<]?[ \t]*(["'\\]?)([A-Za-z_]\w*)\1(?!\w)/.exec(text) ?? [];
  if (word !== undefined) return find(lines, line, longestDocument, (each) => wordOf(each) === word);
  const quote = openQuote(text);
  return quote === null ? null : find(lines, line, longestQuoted, (each) => unescaped(each).includes(quote));
}

function find(lines: Lines, line: number, longest: number, ends: (text: string) => boolean): number | null {
  const last = Math.min(lines.count, line + longest);
  for (let next = line + 1; next <= last; next += 1) if (ends(lines.text(next))) return next;
  return null;
}

/** The word that is alone on a line, but for what closes the call behind it. */
function wordOf(line: string): string {
  return /^\s*(\w+)[\s;,.)\]]*$/.exec(line)?.[1] ?? "";
}

function unescaped(text: string): string {
  return text.replaceAll(/\\./g, "");
}

/** The mark that opens a text on this line and does not close it. An apostrophe, or a lifetime of Rust, opens none. */
function openQuote(line: string): string | null {
  const rest = unescaped(line).replaceAll(/(?<=^|[\s=([,:{])(["'])(?:(?!\1).)*\1/g, "");
  return /(?<=^|[\s=([,:{])(?:"|'(?!(?:[a-z]|static)(?:$|[\s,>:)+])))/.exec(rest)?.[0] ?? null;
}
