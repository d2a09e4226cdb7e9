import type { Destruction } from "../destruction.ts";
import { hole } from "../destruction.ts";
import { findDynamicSql } from "./find-dynamic-sql.ts";
import { foldExpression } from "./fold-expression.ts";
import { placeInside } from "./place-inside.ts";
import { readAssignments } from "./read-assignments.ts";
import type { Setting } from "./setting.ts";
import type { Token } from "./token.ts";

/** What the bodies in a statement destroy, which are strings to it: of DO, of a function, of a procedure. */
export function judgeBodies(tokens: readonly Token[], setting: Setting): readonly Destruction[] {
  const isDo = tokens[0]?.word === "DO";
  if (!isDo && tokens[0]?.word !== "CREATE") return [];
  return tokens.flatMap((token, index) => {
    const before = tokens[index - 1]?.word;
    const isBody = before === "AS" || (isDo && before !== "LANGUAGE");
    if (token.type !== "string" || !isBody) return [];
    const inside = setting.judgeInside(token.text, true);
    return inside.map((found) => ({ ...found, at: placeInside(token, found.at) }));
  });
}

/**
 * What a statement destroys by the texts that it runs, all placed where it runs them. What it runs without its being known is opaque.
 * `certainty`: how sure it is that the statement is one.
 */
export function judgeDynamic(
  tokens: readonly Token[],
  setting: Setting,
  certainty: Destruction["certainty"],
): readonly Destruction[] {
  readAssignments(tokens, setting.variables);
  const found: Destruction[] = [];
  for (const { text, at, isSure } of findDynamicSql(tokens, setting.variables, setting.isBody)) {
    // What it begins with may be nothing: a text that grows from an empty one.
    const inside = setting.judgeInside(text.replace(leadingHoles, ""), false);
    for (const destruction of inside) found.push({ ...destruction, at });
    if (inside.length === 0 && text.startsWith(hole) && isSure)
      found.push({ kind: "opaque", what: "EXECUTE", names: [], at, certainty });
  }
  return found;
}

const leadingHoles = new RegExp(`^${hole}+`, "u");

/** What a query's answer destroys when it is run, each field a statement, as psql's `\gexec` does. */
export function judgeOutput(tokens: readonly Token[], setting: Setting): readonly Destruction[] {
  const at = tokens[0]?.at ?? 0;
  const found: Destruction[] = [];
  for (let index = 0; index < tokens.length; index += 1) {
    const before = tokens[index - 1];
    if (
      before === undefined ||
      !(beginsExpression.has(before.word) || before.text === "," || before.text === "(")
    )
      continue;
    const { text, next } = foldExpression(tokens, index, setting.variables);
    const inside = setting.judgeInside(text, false);
    for (const destruction of inside) found.push({ ...destruction, at });
    if (inside.length > 0) index = next - 1;
  }
  return found;
}

const beginsExpression: ReadonlySet<string> = new Set(["SELECT", "DISTINCT", "ALL", "THEN", "ELSE"]);
