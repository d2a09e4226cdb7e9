import type { Token } from "./token.ts";

/** Where the character `index` of a string's inside stands in the text that holds the string; exact but for a string with escapes. */
export function placeInside({ at, raw, text, quote }: Token, index: number): number {
  if (quote === "$") return at + (raw.length - text.length) / 2 + index;
  let inside = raw.indexOf("'") + 1;
  for (let left = index; left > 0; left -= 1) inside += raw.startsWith("''", inside) ? 2 : 1;
  return at + Math.min(inside, raw.length);
}
