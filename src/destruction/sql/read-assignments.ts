import { foldExpression } from "./fold-expression.ts";
import type { Token } from "./token.ts";

const setters: ReadonlySet<string> = new Set(["SET", "DECLARE", "SELECT"]);
/** How far a name and its type, or the expression before an alias, are looked for. */
const reach = 60;

/** What a statement sets variables to: `SET @s = …`, `DECLARE @s … = …`, `s := …`, `s text := …`, `@s += …`, `SELECT … AS s`, `… INTO s`. */
export function readAssignments(tokens: readonly Token[], variables: Map<string, string>): void {
  const isSetting = setters.has(tokens[0]?.word ?? "");
  tokens.forEach((token, index) => {
    if (token.word === "AS" || token.word === "INTO") {
      const name = nameAt(tokens, index + 1);
      const start = token.word === "AS" ? expressionBefore(tokens, index) : selected(tokens);
      if (name === null || start < 0) return;
      const { text } = foldExpression(tokens, start, variables);
      if (hasText(text)) variables.set(name, text);
      return;
    }
    const isEqual = token.text === "=" && (isSetting || index === 1);
    const isAppend = token.text === "+=";
    if (token.type !== "symbol" || !(isEqual || isAppend || token.text === ":=")) return;
    const name = assignedName(tokens, index);
    if (name === null) return;
    const { text } = foldExpression(tokens, index + 1, variables);
    variables.set(name, isAppend ? (variables.get(name) ?? "") + text : text);
  });
}

function hasText(text: string): boolean {
  return /[a-z]/i.test(text);
}

function nameAt(tokens: readonly Token[], at: number): string | null {
  const first = tokens[at];
  const name = first?.text === "@" || first?.word === "STRICT" ? tokens[at + 1] : first;
  return name?.type === "word" ? name.text.toLowerCase() : null;
}

function selected(tokens: readonly Token[]): number {
  return tokens[0]?.word === "SELECT" ? 1 : -1;
}

/** Where an expression begins that ends right before `at`: behind a SELECT or a comma; -1 when none does. */
function expressionBefore(tokens: readonly Token[], at: number): number {
  let depth = 0;
  for (let index = at - 1; index >= Math.max(0, at - reach); index -= 1) {
    const { text = "", word = "" } = tokens[index] ?? {};
    if (text === ")") depth += 1;
    if (text === "(") depth -= 1;
    if (depth < 0) return -1;
    if (word === "SELECT" || (depth === 0 && text === ",")) return index + 1;
  }
  return -1;
}

/** The name before `=` or `:=`; in a declaration its type stands between. */
function assignedName(tokens: readonly Token[], at: number): string | null {
  for (let index = at - 1; index >= Math.max(0, at - reach); index -= 1)
    if (tokens[index]?.text === "@") return nameAt(tokens, index);
  const first = tokens[0]?.word === "DECLARE" || tokens[0]?.word === "SET" ? tokens[1] : tokens[0];
  const name = tokens[0]?.word === "SET" ? tokens[at - 1] : first;
  return name?.type === "word" ? name.text.toLowerCase() : null;
}
