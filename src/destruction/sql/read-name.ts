import { hole } from "../destruction.ts";
import { touches } from "./token.ts";
import type { Token } from "./token.ts";

/** Words that name nothing unless they are quoted, in any dialect; most of them make English of what they stand in. */
const reserved: ReadonlySet<string> = new Set(
  (
    "ALL AND ANY ARE AS AT BE BECAUSE BUT BY CAN CANNOT CASCADE COLUMN COULD CREATE DATABASE DELETE DOES DROP EXISTS FAILED FOR FROM " +
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
 * A name at `tokens[at]`: a word, a quoted name, a string (MySQL's `'shop'@'%'`), a variable (`@name`), Snowflake's `IDENTIFIER(…)`, with what
 * dots and `@` join to it, and whatever touches a hole. Null when there is none.
 */
export function readName(tokens: readonly Token[], at: number): Name | null {
  const [first, second] = [tokens[at], tokens[at + 1]];
  if (first === undefined) return null;
  if (first.text === "@" && second?.type === "word" && touches(first, second))
    return { text: hole, next: at + 2, isBackticked: false };
  if (first.word === "IDENTIFIER" && second?.text === "(") {
    const close = tokens.findIndex(({ text }, index) => index > at && text === ")");
    return close < 0 ? null : { text: hole, next: close + 1, isBackticked: false };
  }
  if (!isPart(first) || reserved.has(first.word)) return null;
  let text = first.text;
  let isBackticked = first.quote === "`";
  let last = first;
  let next = at + 1;
  for (let token = tokens[next]; token !== undefined; token = tokens[next]) {
    const after = tokens[next + 1];
    const isJoint = after !== undefined && joins(last, token, after);
    if (isJoint && !isPart(after) && !joints.has(after.text)) return null;
    const isGlued = touches(last, token) && (last.type === "symbol" || hasHole(last, token));
    if (!isJoint && !(isGlued && isPart(token))) break;
    text += isJoint ? token.text + after.text : token.text;
    isBackticked ||= (isJoint ? after : token).quote === "`";
    last = isJoint ? after : token;
    next += isJoint ? 2 : 1;
  }
  return text === "" ? null : { text, next, isBackticked };
}

const joints: ReadonlySet<string> = new Set([".", "@", "-", "#"]);

/** Whether a symbol joins two parts of a name: `a.b`, `a@b`, MySQL's `'a' @ 'b'`; and `shop-1`, `c##app` where nothing stands between. */
function joins(last: Token, token: Token, after: Token): boolean {
  if (token.type !== "symbol" || !joints.has(token.text)) return false;
  return token.text === "@" || (touches(last, token) && touches(token, after));
}

function isPart(token: Token): boolean {
  if (token.type === "string") return token.quote === "'" && token.isClosed;
  return token.type === "number" || token.type === "word" || (token.type === "name" && token.isClosed);
}

function hasHole(last: Token, token: Token): boolean {
  return last.text.includes(hole) || token.text.includes(hole);
}
