import { hole } from "../destruction.ts";
import { touches } from "./token.ts";
import type { Token } from "./token.ts";

/** Words that name nothing unless they are quoted, in any dialect; most of them make English of what they stand in. */
const reserved: ReadonlySet<string> = new Set(
  (
    "A ALL AN AND ANY ARE AS AT BE BECAUSE BUT BY CAN CANNOT CASCADE COLUMN COULD CREATE DATABASE DELETE DOES DROP EXISTS FAILED FOR FROM " +
    "GROUP HAS HAVE HAVING IF IN INTO IS IT ITS MUST NOT OF ON OR ORDER RESTRICT SELECT SET SHOULD TABLE THAT THE THEIR THEN THIS TO " +
    "UNION UPDATE USING VALUES WAS WERE WHEN WHERE WHICH WHILE WILL WITH WITHOUT WOULD YOU YOUR"
  ).split(" "),
);

export interface Name {
  readonly text: string;
  /** The index of the token behind it. */
  readonly next: number;
  readonly isBackticked: boolean;
}

/**
 * A name at `tokens[at]`: a word, a quoted name, a string (MySQL's `'shop'@'%'`), what stands on both sides of dots and `@`, and whatever
 * touches a hole. Null when there is none.
 */
export function readName(tokens: readonly Token[], at: number): Name | null {
  const first = tokens[at];
  if (first === undefined || !isPart(first) || reserved.has(first.word)) return null;
  let text = first.text;
  let isBackticked = first.quote === "`";
  let next = at + 1;
  for (let last = first; ; next += 1) {
    const token = tokens[next];
    if (token === undefined) break;
    const isJoint = token.text === "." || token.text === "@" || (token.text === "-" && touches(last, token));
    const isJoined = last.type === "symbol" || (touches(last, token) && hasHole(last, token));
    if (!isJoint && !(isJoined && isPart(token))) break;
    text += token.text;
    isBackticked ||= token.quote === "`";
    last = token;
  }
  return text === "" ? null : { text, next, isBackticked };
}

function isPart(token: Token): boolean {
  if (token.type === "string") return token.quote === "'" && token.isClosed;
  return token.type === "number" || token.type === "word" || (token.type === "name" && token.isClosed);
}

function hasHole(last: Token, token: Token): boolean {
  return last.text.includes(hole) || token.text.includes(hole);
}
