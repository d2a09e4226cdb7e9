import { buildText, type MappedText } from "../mapped-text.ts";

/**
 * Where each character of a scalar's value stands, by walking value and source side by side: what the source has more is white space (the
 * indentation, a folded line), quotes and escapes. `from` and `to` bound the scalar in the source, quotes or the block's mark included.
 */
export function placeScalar(value: string, source: string, from: number, to: number): MappedText {
  const builder = buildText();
  const quote = source[from];
  const isDouble = quote === '"';
  const isSingle = quote === "'";
  let at = from;
  if (isDouble || isSingle) at += 1;
  else if (quote === "|" || quote === ">") at = source.indexOf("\n", from) + 1 || to;
  for (let index = 0; index < value.length; index += 1) {
    const char = value[index] ?? "";
    if (char === "\n" || char === " " || char === "\t") {
      at = placeBlank(char, at);
      continue;
    }
    while (at < to && source[at] !== char && /\s/.test(source[at] ?? "")) at += 1;
    if (isDouble && source[at] === "\\") {
      const length = escapeLength(source, at);
      builder.addFixed(char, at);
      at += length;
      continue;
    }
    builder.add(char, at);
    if (at < to) at += isSingle && char === "'" && source[at + 1] === "'" ? 2 : 1;
  }
  return builder.done();

  /** White space stands for white space, of whatever kind: a space for a line that was folded, a line feed for an escape. */
  function placeBlank(char: string, place: number): number {
    let next = place;
    if (isDouble && source[next] === "\\") {
      // A line that goes on: the backslash and the line's end stand for nothing.
      while (source[next] === "\\" && /[\r\n]/.test(source[next + 1] ?? "")) {
        next += 1;
        while (/\s/.test(source[next] ?? "")) next += 1;
      }
      if (source[next] === "\\") {
        builder.addFixed(char, next);
        return next + escapeLength(source, next);
      }
    }
    if (char === "\n") {
      const end = source.indexOf("\n", next);
      builder.addFixed(char, Math.min(end === -1 ? to : end, to));
      return end === -1 || end >= to ? next : end + 1;
    }
    builder.addFixed(char, next);
    return /[ \t\r\n]/.test(source[next] ?? "") ? next + 1 : next;
  }
}

function escapeLength(source: string, at: number): number {
  switch (source[at + 1]) {
    case "x":
      return 4;
    case "u":
      return 6;
    case "U":
      return 10;
    default:
      return 2;
  }
}
