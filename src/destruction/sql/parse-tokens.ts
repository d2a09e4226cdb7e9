import type { ParseNode, SqlParser } from "../../postgres/parse-sql.ts";
import { textOf } from "./token.ts";
import type { Token } from "./token.ts";

/** The longest statement that the grammar reads; longer ones, data for the most part, are judged by their words. */
const longest = 1 << 16;

/** Of more tokens than this one tree may be deeper than the parser's stack. */
const mostTokens = 8000;

/** What a statement begins with that may destroy, in PostgreSQL's grammar: for all else, English for the most part, it need not be asked. */
const starters: ReadonlySet<string> = new Set(
  (
    "ALTER CALL COPY CREATE DECLARE DELETE DO DROP EXECUTE EXPLAIN INSERT MERGE PERFORM PREPARE SELECT SET TRUNCATE UPDATE VALUES " +
    "WITH"
  ).split(" "),
);

/** What PostgreSQL's grammar makes of some tokens, comments and masks left out; null when it takes them for no statement. */
export function parseTokens(tokens: readonly Token[], parse: SqlParser): readonly ParseNode[] | null {
  const [first, last] = [tokens[0], tokens.at(-1)];
  if (first === undefined || last === undefined || last.end - first.at > longest) return null;
  if (tokens.length > mostTokens) return null;
  if (!starters.has(first.word) && first.text !== "(") return null;
  const text = textOf(tokens);
  // PL/pgSQL's PERFORM is a SELECT whose answer nobody wants.
  const trees = parse(first.word === "PERFORM" ? `SELECT${text.slice(first.text.length)}` : text);
  return trees === null || trees.length === 0 ? null : trees;
}
