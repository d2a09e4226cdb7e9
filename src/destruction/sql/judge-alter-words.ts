import { showName } from "../found.ts";
import type { Found } from "../found.ts";
import { readName } from "./read-name.ts";
import { wordsAt } from "./statement-tail.ts";
import type { Token } from "./token.ts";

/** What makes a user or a database useless in other dialects than PostgreSQL's: words that follow one another in the statement. */
const disabling: Readonly<Record<string, readonly (readonly string[])[]>> = {
  USER: [["ACCOUNT", "LOCK"]],
  ROLE: [["NOLOGIN"]],
  LOGIN: [["DISABLE"]],
  DATABASE: [
    ["SET", "OFFLINE"],
    ["MODIFY", "NAME"],
    ["SET", "EMERGENCY"],
  ],
};

/** An ALTER or a RENAME that is not in PostgreSQL's grammar: columns and partitions that it drops, users and databases that it disables. */
export function judgeAlterWords(tokens: readonly Token[]): Found | null {
  const object = tokens[1]?.word ?? "";
  const name = readName(tokens, wordsAt(tokens, 2, "IF", "EXISTS") ? 4 : 2);
  if (name === null) return null;
  const names = [showName(name.text)];
  if (tokens[0]?.word === "RENAME") {
    const isRenamed = object === "USER" && tokens.some(({ word }) => word === "TO");
    return isRenamed ? { kind: "functional", what: "RENAME USER", names } : null;
  }
  if (object === "TABLE") return judgeParts(tokens, name.next, showName(name.text));
  const words = disabling[object]?.find((sequence) =>
    tokens.some((_, at) => at >= name.next && wordsAt(tokens, at, ...sequence)),
  );
  if (words === undefined) return null;
  return { kind: "functional", what: `ALTER ${object} … ${words.join(" ")}`, names };
}

/** `ALTER TABLE t DROP COLUMN c`, `… DROP c` (MySQL), `… DROP PARTITION p`, `… TRUNCATE PARTITION p`. */
function judgeParts(tokens: readonly Token[], from: number, table: string): Found | null {
  for (let at = from; at < tokens.length; at += 1) {
    const next = tokens[at + 1]?.word;
    if (tokens[at]?.word === "TRUNCATE" && next === "PARTITION")
      return { kind: "truncate", what: "TRUNCATE PARTITION", names: [table] };
    if (tokens[at]?.word !== "DROP") continue;
    if (next === "PARTITION") return { kind: "table", what: "DROP PARTITION", names: [table] };
    if (next !== "COLUMN") continue;
    const column = readName(tokens, wordsAt(tokens, at + 2, "IF", "EXISTS") ? at + 4 : at + 2);
    if (column !== null)
      return { kind: "column", what: "DROP COLUMN", names: [`${table}.${showName(column.text)}`] };
  }
  return null;
}
