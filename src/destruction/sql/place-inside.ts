import type { Token } from "./token.ts";

/** Where the character `index` of a string's inside stands in the source; exact but for a string with escapes. */
export function placeInside(token: Token, index: number, source: string): number {
  if (token.quote === "$") return token.at + (token.end - token.at - token.text.length) / 2 + index;
  let at = source.indexOf("'", token.at) + 1;
  for (let left = index; left > 0; left -= 1) at += source.startsWith("''", at) ? 2 : 1;
  return Math.min(at, token.end);
}
