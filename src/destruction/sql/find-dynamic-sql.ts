import { hole } from "../destruction.ts";
import { foldArguments, foldExpression } from "./fold-expression.ts";
import type { Variables } from "./fold-expression.ts";
import { remoteCalls } from "./judge-calls.ts";
import type { Token } from "./token.ts";

/** SQL that a statement runs from a text. */
export interface DynamicSql {
  /** The text, holes where it is not known; a single hole when nothing of it is. */
  readonly text: string;
  /** Where the word stands that runs it. */
  readonly at: number;
  /** Whether it is run for sure: a call that only looks like one is opaque to nobody. */
  readonly isSure: boolean;
}

/** Procedures of SQL Server's that run a text. */
const runners = /^(?:sp_executesql|sp_msforeachdb|sp_msforeachtable|sp_executeql|sp_prepare|sp_prepexec)$/i;
/** Functions that do, besides PostgreSQL's: Oracle's `dbms_utility.exec_ddl_statement` and `dbms_sql.parse`, SQL Server's `openquery`. */
const calls: ReadonlySet<string> = new Set([...remoteCalls, "exec_ddl_statement", "openquery", "parse"]);

/**
 * What a statement runs from texts: `EXECUTE 'DROP …'`, `EXECUTE IMMEDIATE`, `EXEC('…')`, `sp_executesql N'…'`, `PREPARE s FROM '…'`,
 * `dblink_exec('…')`. `isBody`: in a function's body EXECUTE stands anywhere, and takes a variable; elsewhere a name is a prepared statement's.
 */
export function* findDynamicSql(
  tokens: readonly Token[],
  variables: Variables,
  isBody: boolean,
): Generator<DynamicSql> {
  for (let index = 0; index < tokens.length; index += 1) {
    const token = tokens[index];
    if (token === undefined) return;
    if (token.word === "EXECUTE" || token.word === "EXEC" || token.word === "PREPARE") {
      if (index > 0 && !isBody) continue;
      const start = expressionStart(tokens, index, isBody);
      if (start === null) continue;
      const { text, next } = foldExpression(tokens, start.index, variables);
      yield { text, at: token.at, isSure: start.isSure };
      index = Math.max(index, next - 1);
    } else if (tokens[index + 1]?.text === "(" && calls.has(token.text.toLowerCase())) {
      const { args, next } = foldArguments(tokens, index + 1, variables);
      for (const text of args) if (text !== hole) yield { text, at: token.at, isSure: false };
      index = next - 1;
    }
  }
}

/** Where the expression begins that is run; null when this runs a name. */
function expressionStart(
  tokens: readonly Token[],
  at: number,
  isBody: boolean,
): { readonly index: number; readonly isSure: boolean } | null {
  const [next, second] = [tokens[at + 1], tokens[at + 2]];
  if (next === undefined) return null;
  if (tokens[at]?.word === "PREPARE") return second?.word === "FROM" ? { index: at + 3, isSure: true } : null;
  if (next.word === "IMMEDIATE" || next.word === "STATEMENT") return { index: at + 2, isSure: true };
  if (next.text === "(") return { index: at + 1, isSure: isBody || second?.text === "@" };
  if (next.type === "string") return { index: at + 1, isSure: true };
  // `sp_executesql`, `sys.sp_executesql`, `master..sp_executesql`.
  const name = tokens
    .slice(at + 1, at + 6)
    .findIndex(({ type, text }) => type !== "symbol" && runners.test(text));
  if (name >= 0) return { index: parameterStart(tokens, at + name + 2), isSure: true };
  if (!isBody || tokens[at]?.word !== "EXECUTE" || next.type !== "word") return null;
  return prepositions.has(next.word) ? null : { index: at + 1, isSure: true };
}

/** `EXECUTE ON …`, `EXECUTE AS …`, `EXECUTE FUNCTION …` of GRANT and CREATE TRIGGER run nothing. */
const prepositions: ReadonlySet<string> = new Set(["ON", "AS", "FUNCTION", "PROCEDURE", "FROM", "TO"]);

/** `sp_executesql @stmt = N'…'`: the name of the parameter is passed over. */
function parameterStart(tokens: readonly Token[], at: number): number {
  return tokens[at]?.text === "@" && tokens[at + 2]?.text === "=" ? at + 3 : at;
}
