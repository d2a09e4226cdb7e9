import type { Lines } from "../lines.ts";
import { endOfText } from "./end-of-text.ts";

/** Lines from 1, both within. */
export interface LineRange {
  readonly first: number;
  readonly last: number;
}

/** A statement that goes on longer is not taken for one. */
const longest = 30;
/** What stands behind more comments and blank lines is not what a comment speaks of. */
const mostPassed = 400;

/**
 * The lines that a comment speaks of: its own, when there is code on it, else those of the statement that follows: behind blank lines, more
 * comments, up to the line that ends it. Null when nothing follows. `end` is the offset behind the comment.
 */
export function coveredLines(lines: Lines, at: number, end: number): LineRange | null {
  const from = lines.at(at);
  const to = lines.at(Math.max(at, end - 1));
  const before = lines.text(from.line).slice(0, from.column - 1);
  const after = lines.text(to.line).slice(to.column);
  if (isCode(before) || isCode(after)) return { first: from.line, last: to.line };
  let first = to.line + 1;
  const last = Math.min(lines.count, to.line + mostPassed);
  while (first <= last && isPassedOver(lines.text(first))) first += 1;
  return first > last ? null : { first, last: lastOfStatement(lines, first) };
}

/** What closes a comment, or a tag around one, is no code. */
function isCode(text: string): boolean {
  return text.replaceAll(/[\s{}*/\-#>%;)\]]|<!--/g, "") !== "";
}

const passedOver = /^(?:$|\/\/|#(?![![])|--|\/\*|\*(?:\s|\/|$)|<!--|;|%|\{\{|REM\b)/i;

function isPassedOver(line: string): boolean {
  return passedOver.test(line.trim());
}

/**
 * A line that ends open, or the next one that goes on: a call over several lines, a chain of methods, a text that is put together; a text
 * that is not closed, a here-document.
 */
function lastOfStatement(lines: Lines, first: number): number {
  let last = first;
  while (last < lines.count && last - first < longest) {
    const end = endOfText(lines, last);
    if (end !== null) return end;
    const isOpen = /(?:[(,[\\+.&|=?]|=>|->)$/.test(lines.text(last).trimEnd());
    const goesOn = /^(?:[.)\]+&|?]|->|"|'|`|\/\/)/.test(lines.text(last + 1).trim());
    if (!isOpen && !goesOn) return last;
    last += 1;
  }
  return last;
}
