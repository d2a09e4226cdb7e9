import type { Token } from "../token.ts";
import { bracketWords } from "./built-in-functions.ts";
import type { WireStatement } from "./collect-statements.ts";
import { harmfulBuiltIns } from "./harmful-built-ins.ts";
import { isKnownFunction, isWatchedCall } from "./judge-wire-calls.ts";
import { isWatchedSetting } from "./watched-settings.ts";
import type { SqlReader } from "./judgement.ts";

/** Statements that the grammar is asked about because of what they begin with. */
const doubtful: ReadonlySet<string> = new Set(
  (
    "ALTER CALL COPY CREATE DEALLOCATE DELETE DISCARD DO DROP EXECUTE EXPLAIN LOAD MERGE PREPARE REASSIGN RESET SET TRUNCATE " +
    "DROP_REPLICATION_SLOT"
  ).split(" "),
);

/** Whether a statement may destroy, or do something to its session: told by its tokens, without the grammar. False is certain. */
export function isDoubtful(statement: WireStatement, reader: SqlReader): boolean {
  const { tokens, seen } = statement;
  const verb = tokens[0]?.word ?? "";
  if (verb === "SET" && isPlainSetting(tokens)) return false;
  return doubtful.has(verb) || holdsDoubt(statement.seen, reader) || (verb === "" && seen.words.size > 0);
}

/** The same of what may stand anywhere in a statement. */
export function holdsDoubt(
  { words, calls, namesCatalog }: WireStatement["seen"],
  reader: SqlReader,
): boolean {
  if (words.has("delete") || words.has("merge")) return true;
  if (namesCatalog && (words.has("insert") || words.has("update") || words.has("copy"))) return true;
  for (const call of calls) {
    const name = call.slice(call.lastIndexOf(".") + 1).replaceAll('"', "");
    if (call === "…" || isWatchedCall(name)) return true;
    if (reader.isAdmin && !isQuiet(call, name, reader)) return true;
  }
  return false;
}

/** Whether what stands before a parenthesis calls nothing that is not known. */
function isQuiet(call: string, name: string, reader: SqlReader): boolean {
  if (call === name) return bracketWords.has(name) || isKnownFunction(name, reader);
  return call === `pg_catalog.${name}` && !harmfulBuiltIns.has(name);
}

/** `SET search_path = …`: of a setting that no guard, no role and no lexer depends on. */
function isPlainSetting(tokens: readonly Token[]): boolean {
  const isScoped = ["SESSION", "LOCAL"].includes(tokens[1]?.word ?? "");
  const at = isScoped ? 2 : 1;
  const [name, next] = [tokens[at], tokens[at + 1]];
  if (name === undefined || (name.type !== "word" && name.type !== "name")) return false;
  if (next?.text !== "=" && next?.word !== "TO") return false;
  return /^[\x20-\x7e]+$/.test(name.text) && !isWatchedSetting(name.text.toLowerCase());
}
