import type { SummaryLine } from "../run/contract.ts";
import type { Finding, Place } from "./finding.ts";
import type { Lines } from "./lines.ts";

/** The lines around a place. */
export interface CodeFrame {
  /** The number of the first line. */
  readonly first: number;
  /** How many characters are left out at the beginning of every line. */
  readonly from: number;
  readonly lines: readonly string[];
}

const context = 2;
/** Of a line that is longer (minified code) the part around the column is kept. */
const widest = 140;

/** The place's line with two before and two behind it. */
export function frameOf(lines: Lines, { line, column }: Pick<Place, "line" | "column">): CodeFrame {
  const first = Math.max(1, line - context);
  const last = Math.min(lines.count, line + context);
  const from = lines.text(line).length <= widest ? 0 : Math.max(0, column - 1 - widest / 2);
  const all = Array.from({ length: Math.max(0, last - first + 1) }, (_, index) =>
    lines.text(first + index).slice(from, from + widest),
  );
  // A file that ends with a line end has an empty line behind it.
  while (all.length > line - first + 1 && all.at(-1)?.trim() === "") all.pop();
  return { first, from, lines: all };
}

/** The frame for people, its line marked, carets under the place. */
export function showFrame(
  { first, from, lines }: CodeFrame,
  { line, column, endLine, endColumn }: Pick<Finding, "line" | "column" | "endLine" | "endColumn">,
): readonly SummaryLine[] {
  const width = String(first + lines.length - 1).length;
  return lines.flatMap((text, index): readonly SummaryLine[] => {
    const isOwn = first + index === line;
    const gutter = `${isOwn ? ">" : " "} ${String(first + index).padStart(width)} |`;
    const shown = `${gutter} ${untabbed(text)}`.trimEnd();
    if (!isOwn) return [{ tone: "dim", text: shown }];
    const before = untabbed(text.slice(0, column - 1 - from)).length;
    const end = endColumn === undefined || (endLine ?? line) !== line ? column + 1 : endColumn;
    const marked = Math.max(1, text.slice(column - 1 - from, end - 1 - from).length);
    return [
      { tone: "plain", text: shown },
      { tone: "bad", text: `${" ".repeat(gutter.length - 1)}| ${" ".repeat(before)}${"^".repeat(marked)}` },
    ];
  });
}

function untabbed(text: string): string {
  return text.replaceAll("\t", "    ");
}
