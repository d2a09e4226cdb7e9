import { mapText, type Piece } from "./pieces.ts";

/** Stands for a value while lines are measured: it is no white space. */
const value = "\uE000";

/** The fewest blanks that any line begins with, of those that hold more than blanks. The first line is not looked at: it is what follows the opening mark. */
export function leastIndent(pieces: readonly Piece[]): number {
  const lines = pieces
    .map((piece) => ("text" in piece ? piece.text : value))
    .join("")
    .split("\n")
    .slice(1);
  const indents = lines.filter((line) => line.trim() !== "").map((line) => indentOf(line));
  return indents.length === 0 ? 0 : indents.reduce((least, indent) => Math.min(least, indent));
}

/** The blanks of the last line, in which the closing mark stands. */
export function lastIndent(pieces: readonly Piece[]): number {
  const last = pieces.at(-1);
  if (last === undefined || !("text" in last) || !last.text.includes("\n")) return 0;
  return indentOf(last.text.slice(last.text.lastIndexOf("\n") + 1));
}

/** Takes at most `width` blanks from the beginning of every line but the first. */
export function stripIndent(pieces: readonly Piece[], width: number): readonly Piece[] {
  if (width === 0) return pieces;
  const blanks = new RegExp(`\\n[ \\t]{1,${width}}`, "g");
  return mapText(pieces, (text) => text.replace(blanks, "\n"));
}

/** Without the line break after the opening mark. */
export function dropFirstBreak(pieces: readonly Piece[]): readonly Piece[] {
  const [first, ...rest] = pieces;
  if (first === undefined || !("text" in first)) return pieces;
  const text = first.text.replace(/^[ \t]*\r?\n/, "");
  return [{ text, at: first.at + first.text.length - text.length }, ...rest];
}

/** Without the line break before the closing mark, and the blanks between them. */
export function dropLastBreak(pieces: readonly Piece[]): readonly Piece[] {
  const last = pieces.at(-1);
  if (last === undefined || !("text" in last)) return pieces;
  return [...pieces.slice(0, -1), { ...last, text: last.text.replace(/\r?\n[ \t]*$/, "") }];
}

function indentOf(line: string): number {
  return line.length - line.replace(/^[ \t]+/, "").length;
}
