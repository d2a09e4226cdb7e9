import { showName } from "../found.ts";
import type { ScriptToken } from "./read-script.ts";

/** What gives a database by its name. */
export const databaseMethods: ReadonlySet<string> = new Set(["getSiblingDB", "getSisterDB", "getDB", "db"]);
const interpolation = /\$\{[^}]{0,400}\}/g;

export interface Receiver {
  /** The name that it begins with: `db`, a variable; null for anything else. */
  readonly root: string | null;
  readonly database: string | null;
  readonly collection: string | null;
}

/** What a method is called on, read backwards from its last token: `db.getSiblingDB("x").orders`, `db["orders"]`, `coll`. */
export function readReceiver(tokens: readonly ScriptToken[], last: number): Receiver {
  let database: string | null = null;
  let collection: string | null = null;
  let isFirst = true;
  for (let at = last; at >= 0 && at > last - 40;) {
    const token = tokens[at];
    if (token === undefined) break;
    const [two, one] = [tokens[at - 2], tokens[at - 1]];
    if (token.text === "]" && token.type === "symbol" && two?.text === "[") {
      if (isFirst && one !== undefined) collection = nameOf(one);
      at -= 3;
    } else if (token.text === ")" && token.type === "symbol") {
      const open = openingOf(tokens, at);
      const [method, argument] = [tokens[open - 1], tokens[open + 1]];
      const name = argument === undefined || argument.type === "symbol" ? null : nameOf(argument);
      if (method?.text === "getCollection" && isFirst) collection = name;
      if (databaseMethods.has(method?.text ?? "")) database ??= name;
      at = open - 2;
    } else if (token.type === "word") {
      const isRoot = one?.text !== ".";
      if (isRoot) return { root: token.text, database, collection };
      collection = isFirst ? token.text : `${token.text}.${collection ?? ""}`;
      collection = showName(collection);
      at -= 1;
      isFirst = false;
    } else break;
    if (tokens[at]?.text === ".") at -= 1;
    else if (token.type !== "symbol") break;
  }
  return { root: null, database, collection };
}

function openingOf(tokens: readonly ScriptToken[], close: number): number {
  let depth = 0;
  for (let at = close; at >= 0 && at > close - 60; at -= 1) {
    const token = tokens[at];
    if (token?.type !== "symbol") continue;
    if (token.text === ")") depth += 1;
    if (token.text === "(") depth -= 1;
    if (depth === 0) return at;
  }
  return 0;
}

/** A name that is not a constant is `…`. */
export function nameOf(token: ScriptToken): string {
  return token.type === "string" ? showName(token.text.replaceAll(interpolation, "…")) : "…";
}
