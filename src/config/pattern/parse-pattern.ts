/** What a regular expression says, without what cannot be matched in one pass: back references and assertions about what stands around. */
export type PatternNode =
  | { readonly type: "character"; readonly accepts: (character: string) => boolean }
  | { readonly type: "start" | "end" }
  | { readonly type: "sequence"; readonly items: readonly PatternNode[] }
  | { readonly type: "choice"; readonly branches: readonly PatternNode[] }
  /** `most` is Infinity for `*` and `+`. */
  | { readonly type: "repeat"; readonly item: PatternNode; readonly least: number; readonly most: number };

/** A pattern that custody does not take, and why: it ends a sentence that begins with the pattern. */
export class PatternProblem extends Error {}

/** One character, escape or class. */
const atom =
  /\\(?:u\{[0-9a-f]+\}|u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|c[A-Za-z]|[pP]\{[^}]*\}|[^])|\[(?:\\[^]|[^\]\\])*\]|[^]/iuy;
const quantifier = /(?:([*+?])|\{(\d+)(?:(,)(\d*))?\})\??/uy;
const groupStart = /\((?:\?:|\?<[^=!>][^>]*>|(?!\?))/uy;

/** Parses what JavaScript takes with the flag `u`. Throws `PatternProblem`. */
export function parsePattern(source: string): PatternNode {
  if (!isExpression(source)) throw new PatternProblem("is no regular expression");
  let at = 0;

  function take(expression: RegExp): RegExpExecArray | null {
    expression.lastIndex = at;
    const match = expression.exec(source);
    if (match !== null) at += match[0].length;
    return match;
  }

  function choice(): PatternNode {
    const branches = [sequence()];
    while (source[at] === "|") {
      at += 1;
      branches.push(sequence());
    }
    const [only, ...more] = branches;
    return only !== undefined && more.length === 0 ? only : { type: "choice", branches };
  }

  function sequence(): PatternNode {
    const items: PatternNode[] = [];
    while (at < source.length && source[at] !== "|" && source[at] !== ")") items.push(repeated(item()));
    return { type: "sequence", items };
  }

  function item(): PatternNode {
    if (source[at] !== "(") return characterOf(take(atom)?.[0] ?? "");
    if (take(groupStart) === null)
      throw new PatternProblem("looks around, or sets flags, which is not taken");
    const inner = choice();
    at += 1;
    return inner;
  }

  function repeated(inner: PatternNode): PatternNode {
    const match = take(quantifier);
    if (match === null) return inner;
    const [, sign, least, comma, most] = match;
    if (sign !== undefined)
      return { type: "repeat", item: inner, least: sign === "+" ? 1 : 0, most: sign === "?" ? 1 : Infinity };
    const from = Number(least);
    const to = comma === undefined ? from : most === "" ? Infinity : Number(most);
    return { type: "repeat", item: inner, least: from, most: to };
  }

  return choice();
}

/** Of a single character the platform's own expressions are asked: there is nothing to go back over. */
function characterOf(text: string): PatternNode {
  if (text === "^") return { type: "start" };
  if (text === "$") return { type: "end" };
  if (/^\\(?:[1-9]|k)/.test(text)) throw new PatternProblem("refers back to a group, which is not taken");
  if (/^\\b$/i.test(text)) throw new PatternProblem("asks for a word's boundary, which is not taken");
  const single = new RegExp(`^${text}$`, "u");
  return { type: "character", accepts: (character) => single.test(character) };
}

function isExpression(source: string): boolean {
  try {
    return new RegExp(source, "u") instanceof RegExp;
  } catch {
    return false;
  }
}
