import { hole } from "../destruction.ts";
import { foldArguments, foldExpression } from "./fold-expression.ts";
import type { Variables } from "./fold-expression.ts";
import { remoteCalls } from "./judge-calls.ts";
import type { Token } from "./token.ts";

/** SQL that a statement runs from a text. */
export interface DynamicSql {
  /** The text, holes where it is not known; a single hole when nothing of it is. */
  readonly text: string;
  /** Where the statement stands that runs it. */
  readonly at: number;
}

/**
 * What a statement runs from texts: `EXECUTE 'DROP …'`, `EXECUTE IMMEDIATE`, `EXEC('…')`, `sp_executesql N'…'`, `PREPARE s FROM '…'`,
 * `dblink_exec('…')`. `isBody`: in a function's body EXECUTE stands anywhere, and takes a variable; elsewhere a name is a prepared statement's.
 */
export function* findDynamicSql(
  tokens: readonly Token[],
  variables: Variables,
  isBody: boolean,
): Generator<DynamicSql> {
  for (const [index, token] of tokens.entries()) {
    if (token.word === "EXECUTE" || token.word === "EXEC" || token.word === "PREPARE") {
      if (index > 0 && !isBody) continue;
      const from = expressionStart(tokens, index, isBody);
      if (from >= 0) yield { text: foldExpression(tokens, from, variables).text, at: token.at };
    } else if (tokens[index + 1]?.text === "(" && isRunner(token.text)) {
      for (const text of foldArguments(tokens, index + 1, variables))
        if (text !== hole) yield { text, at: token.at };
    }
  }
}

function isRunner(name: string): boolean {
  const lower = name.toLowerCase();
  return (
    remoteCalls.has(lower) || lower === "exec_ddl_statement" || lower === "openquery" || lower === "parse"
  );
}

/** Where the expression begins that is run; -1 when this runs a name. */
function expressionStart(tokens: readonly Token[], at: number, isBody: boolean): number {
  const [next, second, third] = [tokens[at + 1], tokens[at + 2], tokens[at + 3]];
  if (next === undefined) return -1;
  if (tokens[at]?.word === "PREPARE") return second?.word === "FROM" ? at + 3 : -1;
  if (next.word === "IMMEDIATE" || next.word === "STATEMENT") return at + 2;
  if (next.type === "string" || next.text === "(") return at + 1;
  if (next.word.endsWith("SP_EXECUTESQL") || next.text.toLowerCase() === "sp_executesql")
    return parameterStart(tokens, at + 2);
  if (second?.text === "." && third?.word === "SP_EXECUTESQL") return parameterStart(tokens, at + 4);
  return isBody && tokens[at]?.word === "EXECUTE" && next.type === "word" && next.word !== "AS" ? at + 1 : -1;
}

/** `sp_executesql @stmt = N'…'`: the name of the parameter is passed over. */
function parameterStart(tokens: readonly Token[], at: number): number {
  return tokens[at]?.text === "@" && tokens[at + 2]?.text === "=" ? at + 3 : at;
}

/** What a statement sets variables to: `SET @s = …`, `DECLARE @s … = …`, `s := …`, `s text := …`, `SELECT … AS s`. */
export function readAssignments(tokens: readonly Token[], variables: Map<string, string>): void {
  const isSetting = ["SET", "DECLARE", "SELECT"].includes(tokens[0]?.word ?? "");
  for (const [index, token] of tokens.entries()) {
    const isAppend = token.text === "+=";
    const isEqual = token.text === "=" && (isSetting || index === 1);
    if (token.type === "word" && token.word === "AS") {
      const name = tokens[index + 1];
      const start = expressionBefore(tokens, index);
      if (name?.type === "word" && start >= 0)
        variables.set(name.text.toLowerCase(), foldExpression(tokens, start, variables).text);
      continue;
    }
    if (token.type !== "symbol" || !(isEqual || isAppend || token.text === ":=")) continue;
    const name = assignedName(tokens, index);
    if (name === null) continue;
    const { text } = foldExpression(tokens, index + 1, variables);
    variables.set(name, isAppend ? (variables.get(name) ?? "") + text : text);
  }
}

/** Where a string expression begins that ends right before `at`; -1 when none does. */
function expressionBefore(tokens: readonly Token[], at: number): number {
  let start = -1;
  for (let index = at - 1; index >= 0; index -= 1) {
    const token = tokens[index];
    if (token === undefined || token.word === "SELECT" || token.text === ",") break;
    if (token.word === "IN" || token.word === "FROM") return -1;
    start = index;
  }
  return start;
}

function assignedName(tokens: readonly Token[], at: number): string | null {
  const previous = tokens[at - 1];
  const first = tokens[0];
  // In a declaration the type stands between: `s text := …`, `@s nvarchar(max) = …`.
  const declared = tokens.findLast(({ text }, index) => index < at && text === "@");
  if (declared !== undefined) return tokens[tokens.indexOf(declared) + 1]?.text.toLowerCase() ?? null;
  if (previous?.type !== "word" && previous?.text !== ")") return null;
  const isDeclaration = at > 1 && first?.type === "word" && first.word !== "SET";
  return (isDeclaration ? first : previous).text.toLowerCase();
}
