import type { SqlParser } from "../../postgres/parse-sql.ts";
import type { Destruction } from "../destruction.ts";
import { judgeOutput } from "./judge-inside.ts";
import { judgeStatement } from "./judge-statement.ts";
import type { Setting } from "./setting.ts";
import { splitStatements } from "./split-statements.ts";
import type { Statement } from "./split-statements.ts";
import { textOf } from "./token.ts";
import type { Reading } from "./tokenize.ts";

const deepest = 4;

/** Where PostgreSQL and MySQL read the same characters differently. */
const parting = /\\['"]|^[ \t]*#(?![>-])/m;

/**
 * What each statement of a text destroys. `isBody`: the text is the body of a function: statements begin behind BEGIN, THEN, LOOP, and
 * EXECUTE takes an expression. `depth`: how many texts it stands within that are run.
 */
export function judgeText(
  text: string,
  parse: SqlParser,
  isBody: boolean,
  depth: number,
): readonly Destruction[] {
  if (depth > deepest) return [];
  const variables = new Map<string, string>();
  const found: Destruction[] = [];
  let isInBlock = isBody;
  for (const statement of splitStatements(text, chooseReading(text, parse))) {
    isInBlock ||= opensBlock(statement);
    const setting = settingAt(parse, isInBlock, depth, variables);
    found.push(...judgeStatement(statement, setting));
  }
  return found;
}

/** What the answer of each query in a text destroys when it is run. */
export function judgeAnswers(text: string, parse: SqlParser): readonly Destruction[] {
  const setting = settingAt(parse, false, 0, new Map());
  const statements = [...splitStatements(text, chooseReading(text, parse))];
  return statements.flatMap(({ tokens }) => judgeOutput(tokens, setting));
}

function settingAt(
  parse: SqlParser,
  isBody: boolean,
  depth: number,
  variables: Map<string, string>,
): Setting {
  const judgeInside: Setting["judgeInside"] = (text, isInsideBody) =>
    judgeText(text, parse, isInsideBody, depth + 1);
  return { parse, isBody, variables, judgeInside };
}

const blocks = new RegExp(
  "^(?:DECLARE\\b|BEGIN(?:$| (?:ALTER|CALL|CREATE|DECLARE|DELETE|DROP|EXEC|EXECUTE|FOR|IF|INSERT|SELECT|SET|TRY|UPDATE|WHILE)\\b)|" +
    "(?:CREATE|ALTER) (?:OR (?:REPLACE|ALTER) )?(?:DEFINER .*)?(?:PROC|PROCEDURE|FUNCTION|TRIGGER|EVENT|PACKAGE)\\b)",
);

function opensBlock({ tokens }: Statement): boolean {
  return blocks.test(
    tokens
      .slice(0, 12)
      .map(({ word }) => word)
      .join(" "),
  );
}

/**
 * PostgreSQL's reading, unless the statements that the two part over are not in its grammar, or it ends in a string while MySQL's does not.
 */
function chooseReading(text: string, parse: SqlParser): Reading {
  if (!parting.test(text)) return "postgres";
  let last: Statement | null = null;
  for (const statement of splitStatements(text, "postgres")) {
    last = statement;
    const first = statement.tokens[0];
    const end = statement.tokens.at(-1);
    if (first === undefined || end === undefined || !parting.test(text.slice(first.at, end.end))) continue;
    if (parse(textOf(statement.tokens)) === null) return "mysql";
  }
  return last?.tokens.at(-1)?.isClosed === false ? "mysql" : "postgres";
}
